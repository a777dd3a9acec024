using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace StreamForge.Integration.Tests;

/// <summary>The web page in a real browser, over the real program with the clickstream example.</summary>
public sealed partial class PageTests(RunningProgram program) : IClassFixture<RunningProgram>
{
    private const string Chromium = "chromium";

    private async Task<Browser> OpenAsync(int width = 1280, int height = 800, ColorScheme scheme = ColorScheme.Light, ReducedMotion motion = ReducedMotion.NoPreference)
    {
        var browser = await Browser.OpenAsync(width, height, scheme, motion);
        await browser.Page.GotoAsync(program.Address.ToString());
        // The first key is looked up by itself; after that everything of the page has been there once.
        await Expect(browser.Page.Locator(".chart svg")).ToHaveCountAsync(3);
        await Expect(browser.Page.Locator(".picture g")).ToHaveCountAsync(6);
        return browser;
    }

    [ServiceFact(Chromium)]
    public async Task Page_shows_the_pipeline_at_work_without_a_complaint_and_asks_nobody_else()
    {
        await using var browser = await OpenAsync();
        var events = browser.Page.Locator(".facts div").Filter(new LocatorFilterOptions { HasText = "Events" }).Last.Locator("dd");
        var before = await events.TextContentAsync();
        await Expect(events).Not.ToHaveTextAsync(before!);
        await Expect(browser.Page.Locator(".stage-rate").First).ToHaveTextAsync(PositiveRate());
        await Expect(browser.Page.Locator(".stage-more", new PageLocatorOptions { HasText = "lag" })).ToHaveCountAsync(6);
        // Windows close once a minute; all else flows from the beginning.
        await Expect(browser.Page.Locator("path.flow.moving").Nth(3)).ToBeAttachedAsync();
        Assert.Empty(browser.Complaints);
        Assert.Equal([program.Address.Authority], browser.Hosts);
    }

    [ServiceFact(Chromium)]
    public async Task A_key_is_looked_up_and_its_windows_are_chosen_by_keyboard_alone()
    {
        await using var browser = await OpenAsync();
        var keyboard = browser.Page.Keyboard;
        await keyboard.PressAsync("Tab");
        Assert.Equal("Skip to content", await browser.FocusedAsync());
        for (var i = 0; i < 40 && await browser.FocusedAsync() != "user_id string"; i++) await keyboard.PressAsync("Tab");
        await keyboard.PressAsync("Control+A");
        await keyboard.TypeAsync("u-2");
        await keyboard.PressAsync("Enter");
        await Expect(browser.Page.Locator(".copy code").First).ToContainTextAsync("user_id=u-2");
        await Expect(browser.Page.GetByRole(AriaRole.Status).Filter(new LocatorFilterOptions { HasText = "user_id u-2" })).ToHaveCountAsync(1);
        for (var i = 0; i < 40 && await browser.FocusedAsync() != "page_views"; i++) await keyboard.PressAsync("Tab");
        await keyboard.PressAsync("Enter");
        await Expect(browser.Page.Locator(".drawn h3")).ToHaveTextAsync("page_views");
        await Expect(browser.Page.Locator(".chart svg").First).ToHaveAttributeAsync("aria-label", new Regex("^page_views_1m, from .* tiles$"));
        Assert.Equal("page_views", await browser.FocusedAsync());
    }

    [ServiceFact(Chromium)]
    public async Task The_windows_move_on_by_themselves()
    {
        await using var browser = await OpenAsync();
        var first = browser.Page.Locator(".chart svg").First;
        var before = await first.GetAttributeAsync("aria-label");
        await Expect(first).Not.ToHaveAttributeAsync("aria-label", before!);
        Assert.True(await browser.Page.Locator(".chart .tile").CountAsync() > 3);
        Assert.Equal(3, await browser.Page.Locator(".chart .bracket").CountAsync());
    }

    [ServiceFact(Chromium)]
    public async Task An_unknown_key_and_a_wrong_one_are_explained()
    {
        await using var browser = await OpenAsync();
        await browser.Page.GetByLabel("user_id").FillAsync("nobody");
        await browser.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Look up" }).ClickAsync();
        await Expect(browser.Page.Locator(".fault")).ToContainTextAsync("user_activity has nothing for user_id nobody.");
        await browser.Page.GetByLabel("View", new PageGetByLabelOptions { Exact = true }).SelectOptionAsync("product_activity");
        await Expect(browser.Page.Locator(".copy code").First).ToContainTextAsync("product_id=p-");
        await Expect(browser.Page.Locator(".fault")).ToHaveCountAsync(0);
        Assert.Empty(browser.Complaints);
    }

    [ServiceFact(Chromium)]
    public async Task The_choice_of_colours_is_the_systems_until_somebody_makes_one_which_is_remembered()
    {
        await using var browser = await OpenAsync(scheme: ColorScheme.Dark);
        var page = browser.Page;
        await Expect(page.Locator("html")).ToHaveAttributeAsync("data-theme", "dark");
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Switch to light colours" }).ClickAsync();
        await page.ReloadAsync();
        await Expect(page.Locator("html")).ToHaveAttributeAsync("data-theme", "light");
    }

    [ServiceTheory(Chromium)]
    [InlineData(1280, 800, ColorScheme.Light)]
    [InlineData(1280, 800, ColorScheme.Dark)]
    [InlineData(390, 844, ColorScheme.Light)]
    [InlineData(390, 844, ColorScheme.Dark)]
    public async Task Words_can_be_read_and_nothing_is_wider_than_the_screen(int width, int height, ColorScheme scheme)
    {
        await using var browser = await OpenAsync(width, height, scheme);
        Assert.Equal(width, await browser.Page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
        Assert.Empty(await browser.Page.EvaluateAsync<string[]>(Contrast));
    }

    [ServiceFact(Chromium)]
    public async Task Every_control_has_a_name_headings_do_not_skip_and_pictures_have_tables()
    {
        await using var browser = await OpenAsync();
        var page = browser.Page;
        var nameless = await page.EvaluateAsync<string[]>(
            "[...document.querySelectorAll('button, a[href], input, select, svg[role=img], [role=region]')].filter(e => !(e.getAttribute('aria-label') ?? e.labels?.[0]?.textContent ?? e.textContent).trim()).map(e => e.outerHTML)");
        Assert.Empty(nameless);
        var levels = await page.EvaluateAsync<int[]>("[...document.querySelectorAll('h1, h2, h3')].map(e => Number(e.tagName[1]))");
        Assert.Equal(1, levels[0]);
        Assert.All(levels.Zip(levels.Skip(1)), pair => Assert.True(pair.Second <= pair.First + 1));
        foreach (var role in (AriaRole[])[AriaRole.Banner, AriaRole.Navigation, AriaRole.Main, AriaRole.Contentinfo]) await Expect(page.GetByRole(role)).ToHaveCountAsync(1);
        Assert.Empty(await page.EvaluateAsync<string[]>("[...document.querySelectorAll('[aria-live=assertive], [role=alert]')].map(e => e.outerHTML)"));
        await page.GetByText("The same as a table").ClickAsync();
        await Expect(page.GetByRole(AriaRole.Table, new PageGetByRoleOptions { Name = "Stages of clickstream" })).ToContainTextAsync("product_events");
        await page.GetByText("The tiles as a table").ClickAsync();
        await Expect(page.GetByRole(AriaRole.Table, new PageGetByRoleOptions { Name = "Tiles of events" })).ToContainTextAsync("30m");
    }

    [ServiceFact(Chromium)]
    public async Task Snapshots_and_newest_rows_of_a_table_come_with_its_first_commit()
    {
        await using var browser = await OpenAsync();
        var page = browser.Page;
        var patience = new LocatorAssertionsToContainTextOptions { Timeout = 30_000 };
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "clickstream.clicks" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Table, new PageGetByRoleOptions { Name = "Newest snapshots of clickstream.clicks" })).ToContainTextAsync("append", patience);
        await Expect(page.GetByRole(AriaRole.Table, new PageGetByRoleOptions { Name = "Newest rows of clickstream.clicks" })).ToContainTextAsync("e-", patience);
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "clickstream.product_windows" }).ClickAsync();
        await Expect(page.GetByLabel("Where the table is")).ToContainTextAsync("/warehouse/clickstream/product_windows", patience);
        Assert.Empty(browser.Complaints);
    }

    [ServiceFact(Chromium)]
    public async Task Nothing_moves_for_who_does_not_want_it()
    {
        await using var browser = await OpenAsync(motion: ReducedMotion.Reduce);
        Assert.Equal(0, await browser.Page.EvaluateAsync<int>("document.getAnimations().length"));
    }

    [ServiceFact(Chromium)]
    public async Task What_was_set_aside_is_listed_with_its_reason_and_bytes_once_a_checkpoint_has_it()
    {
        await using var browser = await OpenAsync();
        var first = browser.Page.Locator(".events li").First;
        await Expect(first).ToContainTextAsync("Missed user_activity", new LocatorAssertionsToContainTextOptions { Timeout = 30_000 });
        await Expect(first).ToContainTextAsync("the watermark had passed the end of its windows");
        await Expect(first.Locator("pre")).ToContainTextAsync("\"event_id\"");
        await browser.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Dead letters" }).ClickAsync();
        await Expect(browser.Page.GetByText("No dead letters.")).ToBeVisibleAsync();
    }

    [ServiceFact(Chromium)]
    public async Task A_server_that_goes_away_is_said_so_and_its_return_too()
    {
        await using var browser = await OpenAsync();
        var line = browser.Page.Locator("#connection");
        await Expect(line).ToHaveTextAsync("live");
        var port = program.Address.Port;
        await program.StopAsync();
        await Expect(line).ToHaveTextAsync("server away, trying again");
        await Expect(browser.Page.Locator(".values")).ToBeVisibleAsync();
        await program.StartAsync(port);
        await Expect(line).ToHaveTextAsync("live", new LocatorAssertionsToHaveTextOptions { Timeout = 30_000 });
    }

    [GeneratedRegex(@"^[1-9][\d,.]*/s")]
    private static partial Regex PositiveRate();

    /// <summary>Texts whose contrast with what is behind them is under 4.5 (WCAG 2.2, 1.4.3, with its definition of relative luminance), as "ratio: text".</summary>
    private const string Contrast = """
        (() => {
          const parse = (css) => { const c = document.createElement('canvas').getContext('2d', { willReadFrequently: true }); c.fillStyle = css; c.fillRect(0, 0, 1, 1); return [...c.getImageData(0, 0, 1, 1).data]; };
          const light = ([r, g, b]) => { const [x, y, z] = [r, g, b].map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * x + 0.7152 * y + 0.0722 * z; };
          const behind = (e) => { for (; e; e = e.parentElement) { if (e instanceof SVGElement) continue; const c = parse(getComputedStyle(e).backgroundColor); if (c[3] === 255) return c; } return [255, 255, 255, 255]; };
          const faults = [];
          for (const e of document.querySelectorAll('body *')) {
            if (![...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()) || !e.checkVisibility() || e.tagName === 'title') continue;
            const style = getComputedStyle(e);
            const [a, b] = [light(parse(e instanceof SVGElement ? style.fill : style.color)), light(behind(e))];
            const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
            if (ratio < 4.5) faults.push(`${ratio.toFixed(2)}: ${e.textContent.trim().slice(0, 60)}`);
          }
          return [...new Set(faults)];
        })()
        """;
}
