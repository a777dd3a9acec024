using Orleans.Serialization.Cloning;
using StreamForge.Cluster.Flushing;
using StreamForge.Cluster.Pipelines;
using StreamForge.Cluster.Slices;

// Within a silo these are handed over as they are: all of them are immutable.
namespace StreamForge.Grains.Wire;

[RegisterCopier]
internal sealed class KeyAnswerCopier : ShallowCopier<KeyAnswer>;

[RegisterCopier]
internal sealed class SliceAnswerCopier : ShallowCopier<SliceAnswer>;

[RegisterCopier]
internal sealed class FlushStatusCopier : ShallowCopier<FlushStatus>;

[RegisterCopier]
internal sealed class SinkAnswerCopier : ShallowCopier<SinkAnswer>;

[RegisterCopier]
internal sealed class SinkStatusCopier : ShallowCopier<SinkStatus>;

[RegisterCopier]
internal sealed class PipelineTimeCopier : ShallowCopier<PipelineTime>;

[RegisterCopier]
internal sealed class PipelineOverviewCopier : ShallowCopier<PipelineOverview>;
