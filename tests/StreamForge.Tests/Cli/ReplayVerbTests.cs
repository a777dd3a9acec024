namespace StreamForge.Tests.Cli;

/// <summary><c>dead-letters replay</c> and <c>late replay</c> as programs see them.</summary>
public sealed class ReplayVerbTests : IDisposable
{
    private readonly ShopFolder _shop = new();

    public void Dispose() => _shop.Dispose();

    [Fact]
    public async Task Dead_letters_are_replayed_by_position_once()
    {
        Assert.Equal(0, (await _shop.RunAsync("run", "shop.yaml", "--once")).Code);
        var position = (string)(await _shop.JsonAsync("dead-letters", "list"))["items"]![0]!["position"]!;
        var none = await _shop.RunAsync("dead-letters", "replay", "7");
        Assert.Equal(("streamforge: there is no dead letter '7' that was not replayed before; streamforge dead-letters list shows them\n", 1), (none.Errors, none.Code));
        var replayed = await _shop.JsonAsync("dead-letters", "replay", position, "--source", "orders");
        Assert.Equal($$"""{"replayed":1,"refused":0,"items":[{"pipeline":"shop","source":"orders","position":"{{position}}","replayed":true,"reason":null}]}""", replayed.ToJsonString());
        Assert.True((bool)(await _shop.JsonAsync("dead-letters", "show", "1"))["replayed"]!);
        var again = await _shop.RunAsync("dead-letters", "replay");
        Assert.Equal(("there is no dead letter to replay\n", "", 0), (again.Output, again.Errors, again.Code));
        Assert.Equal(0, (await _shop.RunAsync("run", "shop.yaml", "--once")).Code);
        var list = await _shop.JsonAsync("dead-letters", "list");
        Assert.Equal((2, "replay-00000001.csv:33"), ((int)list["total"]!, (string)list["items"]![1]!["position"]!));
    }

    [Fact]
    public async Task Late_events_that_nothing_was_made_of_need_no_correction()
    {
        Assert.Equal(0, (await _shop.RunAsync("run", "shop.yaml", "--once")).Code);
        var replayed = await _shop.JsonAsync("late", "replay");
        Assert.Equal((1, 0, 0), ((int)replayed["replayed"]!, (int)replayed["refused"]!, (int)replayed["corrected_windows"]!));
        Assert.True((bool)(await _shop.JsonAsync("late", "list"))["items"]![0]!["replayed"]!);
        var again = await _shop.RunAsync("late", "replay");
        Assert.Equal(("there is no late event to replay\n", "", 0), (again.Output, again.Errors, again.Code));
    }
}
