using StreamForge.Testing.Oracle;
using static StreamForge.Tests.Oracle.OracleBuilder;

namespace StreamForge.Tests.Oracle;

public class OracleSessionTests
{
    private static readonly OracleWindow Session = OracleWindow.Session(30 * M);

    [Fact]
    public void Session_is_the_events_that_lie_less_than_the_gap_apart()
    {
        var oracle = World(View(Session), At(0), At(29 * 60 + 59), At(60 * 60), At(80 * 60));
        Assert.Equal(2L, Number(oracle));
        Assert.Equal(new OracleEffective("session_30m", 60 * M, 80 * M + 1, true), oracle.Read("k").Effective[0]);
    }

    [Fact]
    public void Session_ends_when_the_gap_has_passed_and_is_empty_from_then_on()
    {
        var oracle = World(View(Session), At(0), At(60));
        Assert.Equal("2", oracle.Read("k", 31 * M - 1).Features[0].Value!.ToString());
        Assert.Equal("0", oracle.Read("k", 31 * M).Features[0].Value!.ToString());
        Assert.Equal(new OracleEffective("session_30m", 31 * M, 31 * M, true), oracle.Read("k", 31 * M).Effective[0]);
    }

    [Fact]
    public void Event_between_two_sessions_makes_one_of_them()
    {
        var view = View(Session) with { AllowedLateness = D };
        Assert.Equal([(0, 30 * M), (40 * M, 70 * M)], Closed(view, At(0), At(40 * 60)));
        Assert.Equal([(0, 70 * M)], Closed(view, At(0), At(40 * 60), At(20 * 60)));
    }

    [Fact]
    public void Delete_splits_shrinks_or_removes_a_session()
    {
        var view = View(Session) with { Source = OracleSource.Full, AllowedLateness = D };
        OracleChange[] rows = [Add("a", 0), Add("b", 20 * 60), Add("c", 40 * 60)];
        Assert.Equal([(0, 70 * M)], Closed(view, rows));
        Assert.Equal([(0, 30 * M), (40 * M, 70 * M)], Closed(view, [.. rows, Delete("b", 20 * 60)]));
        Assert.Equal([(0, 50 * M)], Closed(view, [.. rows, Delete("c", 40 * 60)]));
        Assert.Equal([(40 * M, 70 * M)], Closed(view, [.. rows, Delete("b", 20 * 60), Delete("a", 0)]));
    }

    [Fact]
    public void Event_that_came_too_late_holds_no_session_together()
    {
        // Tiles of 30s; the watermark of 02:00 is past 00:20 + 30s + gap.
        var view = View(Session);
        var oracle = World(view, At(0), At(120 * 60), At(20 * 60));
        Assert.Equal(["session_30m"], Assert.Single(oracle.Late).Missed.Select(w => w.Name));
        Assert.Equal([(0, 30 * M), (120 * M, 150 * M)], OracleClosedWindows.Of(oracle, view).Select(w => (w.Start, w.End)));
    }

    private static long Number(FeatureOracle oracle) => (long)((OracleValue.Integer)oracle.Read("k").Features[0].Value!).Value;

    private static (long, long)[] Closed(OracleView view, params OracleEvent[] events) => [.. OracleClosedWindows.Of(World(view, events), view).Select(w => (w.Start, w.End))];

    private static (long, long)[] Closed(OracleView view, OracleChange[] changes) => [.. OracleClosedWindows.Of(World(view, changes), view).Select(w => (w.Start, w.End))];
}
