using System.Globalization;
using System.Text;
using StreamForge.Core;

namespace StreamForge.Testing.Cluster.Workload;

/// <summary>An event of a workload, and what there is to know about it.</summary>
/// <param name="Time">Microseconds; null where it lacks one.</param>
/// <param name="IsBroken">It is no JSON.</param>
public sealed record WorkloadEvent(
    int Partition, long Offset, long At, long? Time, string? Customer, long? Product, decimal? Amount, double? Score, string Kind, bool IsBroken)
{
    /// <summary>As it stands in the topic.</summary>
    public byte[] ToJson()
    {
        var text = new StringBuilder("{");
        if (Time is { } time) text.Append(CultureInfo.InvariantCulture, $"\"t\":\"{EventTime.Format(time)}\",");
        if (Customer is { } customer) text.Append(CultureInfo.InvariantCulture, $"\"customer\":\"{customer}\",");
        if (Product is { } product) text.Append(CultureInfo.InvariantCulture, $"\"product\":{product},");
        if (Amount is { } amount) text.Append(CultureInfo.InvariantCulture, $"\"amount\":{amount:F2},");
        if (Score is { } score) text.Append(CultureInfo.InvariantCulture, $"\"score\":{score:R},");
        text.Append(CultureInfo.InvariantCulture, $"\"kind\":\"{Kind}\"");
        if (!IsBroken) text.Append('}');
        return Encoding.UTF8.GetBytes(text.ToString());
    }
}
