using System.Runtime.InteropServices;

namespace StreamForge.Embedded.Threads;

/// <summary>
/// How long a thread's turns on a core are. Linux' fair scheduler gives every thread its share of the cores, but who is on a core may finish its turn before one that wakes gets it, and a turn that is not asked about ends
/// with the next tick of the clock: up to four milliseconds in which a lookup waits behind a batch of events. From Linux 6.12 on a thread may ask for turns of another length; one whose turns are shorter takes the core as
/// soon as it wakes. Shares stay as they are, so that a batch is not starved by lookups either. Older kernels and other systems take no notice.
/// </summary>
internal static partial class Turns
{
    private const ulong Nanoseconds = 20_000_000;

    /// <summary>SCHED_FLAG_RESET_ON_FORK: threads that this one starts, such as the pool's, begin with turns of the usual length.</summary>
    private const ulong NotInherited = 1;

    /// <summary>SCHED_OTHER and SCHED_BATCH, whose threads share the cores fairly.</summary>
    private const uint Fair = 0, Batch = 3;

    /// <summary>Asks for long turns of the calling thread, for as long as it lives. Does nothing where that cannot be asked for.</summary>
    public static unsafe void Lengthen()
    {
        if (!OperatingSystem.IsLinux() || !TryNumbers(out var set, out var get)) return;
        Attributes attributes;
        if (SystemCall(get, 0, (nint)(&attributes), sizeof(Attributes), 0) != 0 || attributes.Policy is not (Fair or Batch)) return;
        attributes.Runtime = Nanoseconds;
        attributes.Flags |= NotInherited;
        _ = SystemCall(set, 0, (nint)(&attributes), 0, 0);
    }

    /// <summary>The numbers of the two system calls, which the C library has no functions for.</summary>
    private static bool TryNumbers(out long set, out long get)
    {
        (set, get) = RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 => (314, 315),
            Architecture.Arm64 => (274, 275),
            _ => (0, 0),
        };
        return set != 0;
    }

    /// <summary>What <c>sched_setattr(2)</c> takes, in its first version.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Attributes
    {
        public uint Size;
        public uint Policy;
        public ulong Flags;
        public int Nice;
        public uint Priority;
        public ulong Runtime;
        public ulong Deadline;
        public ulong Period;
    }

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial long SystemCall(long number, nint a, nint b, nint c, nint d);
}
