using StreamForge.Core;
using StreamForge.Features.Aggregates;
using StreamForge.Features.Multisets;

namespace StreamForge.Tests.FeatureTests;

/// <summary>Counted multisets of many values, held to a sorted dictionary.</summary>
public sealed class MultisetTests
{
    /// <summary>A multiset alone in a heap that grows when the multiset says that it needs more.</summary>
    private sealed class Kept
    {
        private readonly byte[] _slot = new byte[Multiset<TextKey>.SlotBytes];
        private byte[] _heap = [];
        private uint _used;
        private uint _garbage;

        public long InUse => _used - _garbage;

        public ReadOnlySpan<byte> Slot => _slot;

        public MultisetView<TextKey> View => new(_slot, _heap);

        public void Add(ReadOnlySpan<byte> text, long change)
        {
            var need = Multiset<TextKey>.Need(_slot, 1, text.Length);
            if (_heap.Length - _used < need) Compact(need);
            new Multiset<TextKey>(_slot, new Heap(_heap, ref _used, ref _garbage)).Add(TextKey.Of(text), text, change);
        }

        // As a key's state does when it moves.
        private void Compact(int need)
        {
            ref var reference = ref HeapReference.Of(_slot);
            var larger = new byte[reference.Length + Math.Max(need, 1 << 16)];
            reference.In(_heap).CopyTo(larger);
            reference.Offset = 0;
            (_heap, _used, _garbage) = (larger, reference.Length, 0);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(40)]
    [InlineData(3_000)]
    [InlineData(60_000)]
    public void Texts_that_come_and_go_in_any_order_are_counted_as_a_dictionary_counts_them(int different)
    {
        var random = new Random(different);
        var (kept, expected) = (new Kept(), new SortedDictionary<string, long>(StringComparer.Ordinal));
        for (var i = 0; i < Math.Min(different * 20, 400_000); i++)
        {
            // Mostly added at first, mostly taken out in the end, and now and then owed.
            var change = random.Next(Math.Min(different * 20, 400_000)) > i ? 1 : -1;
            var text = $"{random.Next(different):D3} of some length";
            kept.Add(System.Text.Encoding.UTF8.GetBytes(text), change);
            if (expected.TryGetValue(text, out var count) && count + change == 0) expected.Remove(text);
            else expected[text] = count + change;
        }
        var found = new List<string>();
        for (var walk = kept.View.Ascending; walk.MoveNext();) found.Add($"{System.Text.Encoding.UTF8.GetString(walk.Current.Key.In(kept.View.Text))}: {walk.Current.Count}");
        Assert.Equal(expected.Where(e => e.Value > 0).Select(e => $"{e.Key}: {e.Value}"), found);
        var down = new List<string>();
        for (var walk = kept.View.Descending; walk.MoveNext();) down.Add($"{System.Text.Encoding.UTF8.GetString(walk.Current.Key.In(kept.View.Text))}: {walk.Current.Count}");
        Assert.Equal(found.AsEnumerable().Reverse(), down);
        foreach (var (text, count) in expected) kept.Add(System.Text.Encoding.UTF8.GetBytes(text), -count);
        Assert.False(kept.Slot.ContainsAnyExcept((byte)0));
        Assert.Equal(0, kept.InUse);
    }

    [Fact]
    public void A_hundred_thousand_values_take_entries_of_16_bytes_and_no_more_than_twice_as_many()
    {
        var column = new Int64Column(DataType.BigInt, 100_000);
        var random = new Random(3);
        for (var i = 0; i < 100_000; i++) column.Append(random.NextInt64());
        var accumulator = new GrowingAccumulator(AggregateFactory.CreateRetractable("min", DataType.BigInt, new AggregateParameters()).Aggregate!);
        for (var row = 0; row < column.Count; row++) accumulator.Add(column, row);
        Assert.InRange(accumulator.HeapInUse, 1_600_000, 3_200_000);
        Assert.Equal(column.Values.ToArray().Min(), accumulator.Finish().Int64);
        var sorted = Enumerable.Range(0, column.Count).OrderBy(row => column[row]).ToArray();
        foreach (var row in sorted[..99_999]) accumulator.Retract(column, row);
        Assert.Equal(column[sorted[^1]], accumulator.Finish().Int64);
        column.Release();
    }

    [Fact]
    public void Text_is_ordered_by_its_bytes_past_the_prefix_and_a_shorter_one_comes_first()
    {
        string[] texts = ["", "a", "a\0", "a\0\0\0\0\0\0\0", "a\0\0\0\0\0\0\0\0", "ab", "abcdefgh", "abcdefgh\0", "abcdefghi", "abcdefgi", "b", "é", "\uFFFD", "😀"];
        var kept = new Kept();
        foreach (var text in texts.OrderBy(t => XxHash64.Hash(System.Text.Encoding.UTF8.GetBytes(t)))) kept.Add(System.Text.Encoding.UTF8.GetBytes(text), 1);
        var found = new List<string>();
        for (var walk = kept.View.Ascending; walk.MoveNext();) found.Add(System.Text.Encoding.UTF8.GetString(walk.Current.Key.In(kept.View.Text)));
        Assert.Equal(texts, found);
    }
}
