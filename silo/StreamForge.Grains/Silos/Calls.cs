using StreamForge.Core;

namespace StreamForge.Grains.Silos;

/// <summary>Calls to other parts of the cluster, whose failures become the protocol's: all that Orleans itself reports may pass, and it is not known whether the call has taken effect.</summary>
internal static class Calls
{
    public static ValueTask<T> GuardAsync<T>(ValueTask<T> call, string what, CancellationToken cancellation)
    {
        return call.IsCompletedSuccessfully ? call : AwaitAsync(call, what, cancellation);

        static async ValueTask<T> AwaitAsync(ValueTask<T> call, string what, CancellationToken cancellation)
        {
            try
            {
                return cancellation.CanBeCanceled ? await call.AsTask().WaitAsync(cancellation) : await call;
            }
            catch (Exception error) when (IsPassing(error) && !cancellation.IsCancellationRequested)
            {
                throw new StreamForgeException(ErrorKind.Unavailable, $"{what} does not answer ({error.Message}); it is called again", retryable: true, error);
            }
        }
    }

    public static async ValueTask GuardAsync(ValueTask call, string what, CancellationToken cancellation) =>
        await GuardAsync(Boxed(call), what, cancellation);

    private static async ValueTask<bool> Boxed(ValueTask call)
    {
        await call;
        return true;
    }

    private static bool IsPassing(Exception error) => error is TimeoutException or OrleansException or OperationCanceledException or ObjectDisposedException or InvalidOperationException;
}
