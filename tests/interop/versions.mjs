// Prints the versions of the readers and the arguments that came in.
import { readFileSync } from 'node:fs'

const version = name => JSON.parse(readFileSync(new URL(`./node_modules/${name}/package.json`, import.meta.url))).version
const names = ['hyparquet', 'hyparquet-compressors', 'icebird', 'avsc']
for (const name of names) await import(name)
console.log(JSON.stringify({ arguments: process.argv.slice(2), ...Object.fromEntries(names.map(n => [n, version(n)])) }))
