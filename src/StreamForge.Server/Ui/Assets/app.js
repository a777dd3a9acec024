import { startAside } from './aside.js';
import { startLookup } from './lookup.js';
import { startPipelines } from './pipelines.js';
import { startTables } from './tables.js';
import { startTheme } from './theme.js';

startTheme();
const look = startAside();
startPipelines((pipeline) => look(pipeline?.name ?? null));
startTables();
await startLookup();
