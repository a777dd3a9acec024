using System.Collections.Immutable;
using StreamForge.Server.Control;
using StreamForge.Server.Metrics;
using StreamForge.Server.OpenApi;
using StreamForge.Server.Ui;

namespace StreamForge.Server.Http;

/// <summary>Every call of the server, the most frequent first. What has no answer belongs to the contract and is to come.</summary>
internal static class RouteTable
{
    private static readonly ImmutableArray<Parameter> Key =
    [
        Parameter.Path("view", "The view"),
        Parameter.Query("key", "EntityKey", "One parameter a column of the view's key, such as user_id=u-1", required: true),
        Parameter.Query("at", "Time", "The moment to read; now by the view's clock without it"),
        Parameter.Query("numbers", "Numbers", "Whether integers past 2^53 and decimals come as strings"),
    ];

    private static readonly ImmutableArray<Parameter> Ledger =
    [
        Parameter.Path("name", "The pipeline"), Parameter.Query("limit", "Limit", "Items at most; 100 without it"), Parameter.Query("cursor", "Cursor", "What 'next' of the page before had"),
        Parameter.Query("order", "Order", "Which items come first; the oldest without it"),
    ];

    private static readonly ImmutableArray<Parameter> Table = [Parameter.Path("table", "Namespace and name with a point between")];

    public static ImmutableArray<Route> Create(
        ViewEndpoints views, FeaturesEndpoint features, StatusEndpoints status, PipelineEndpoints pipelines, ClusterEndpoint cluster, TableEndpoints tables, UiEndpoint ui, OpenApiEndpoint description) =>
    [
        new(Route.Read, "/v1/views/{view}", "view", new("getView", "One key's features", "features", Content.Json("ViewAnswer")) { Parameters = Key, Problems = [400, 404, 503] }, views.GetAsync),
        new(Route.Post, "/v1/features:get", "features", new("getFeatures", "Many keys over one or more views", "features", Content.Json("FeaturesAnswer"))
        {
            Parameters = [Parameter.Query("numbers", "Numbers", "Whether integers past 2^53 and decimals come as strings")], Body = "FeaturesRequest", Problems = [400, 404, 408, 413, 503],
        }, features.GetAsync),
        new(Route.Read, "/v1/views", "views", new("listViews", "The views with their keys, windows and features", "features", Content.Json("ViewList")) { Problems = [400] }, views.ListAsync),
        new(Route.Read, "/v1/views/{view}/keys", "keys", new("listKeys", "Some keys that a view knows, those with the longest history first", "features", Content.Json("KeyList"))
        {
            Parameters = [Parameter.Path("view", "The view"), Parameter.Query("limit", "Limit", "Keys at most, up to 100; 5 without it")], Problems = [400, 404, 503],
        }, views.KeysAsync),
        new(Route.Read, "/v1/views/{view}/tiles/{feature}", "tiles", new("getTiles", "One key's feature with the tiles that it was computed from", "features", Content.Json("TilesAnswer"))
        {
            Parameters = [.. Key, Parameter.Path("feature", "A feature of a window, such as spend_1d")], Problems = [400, 404, 503],
        }, views.TilesAsync),
        new(Route.Read, "/v1/views/{view}/why/{feature}", "tiles", new("getWhy", "What one key's feature was made of: its tiles, or the features that it is derived from, and the positions in the log behind them", "features", Content.Json("WhyAnswer"))
        {
            Parameters = [.. Key, Parameter.Path("feature", "A feature of the view, such as spend_1d")], Problems = [400, 404, 503],
        }, views.WhyAsync),
        new(Route.Read, "/v1/pipelines", "pipelines", new("listPipelines", "The pipelines with their numbers and stages", "pipelines", Content.Json("PipelineList")) { Problems = [400] }, pipelines.ListAsync),
        Switch(pipelines, "start", "Lets a pipeline take what comes; the answer is the pipeline as it then is", pipelines.StartAsync),
        Switch(pipelines, "stop", "Lets a pipeline come to rest, over restarts too; lookups go on", pipelines.StopAsync),
        new(Route.Any, "/v1/pipelines/{name}:checkpoint", "other", null, null),
        new(Route.Put, "/v1/pipelines/{name}", "other", null, null),
        new(Route.Read, "/v1/pipelines/{name}", "pipelines", new("getPipeline", "One pipeline with its numbers and stages", "pipelines", Content.Json("Pipeline"))
        {
            Parameters = [Parameter.Path("name", "The pipeline")], Problems = [400, 404],
        }, pipelines.GetAsync),
        new(Route.Read, "/v1/pipelines/{name}/late", "late", new("listLate", "Events that missed at least one window", "pipelines", Content.Json("LateList")) { Parameters = Ledger, Problems = [400, 404] }, pipelines.LateAsync),
        new(Route.Read, "/v1/pipelines/{name}/dead-letters", "dead-letters", new("listDeadLetters", "Events that could not be taken in", "pipelines", Content.Json("DeadLetterList"))
        {
            Parameters = Ledger, Problems = [400, 404],
        }, pipelines.DeadLettersAsync),
        new(Route.Any, "/v1/pipelines/{name}/logs", "other", null, null),
        new(Route.Any, "/v1/pipelines/{name}/lineage", "other", null, null),
        new(Route.Read, "/v1/cluster", "cluster", cluster.IsNode ? new("getCluster", "The nodes of the cluster, and how far each partition is", "pipelines", Content.Json("Cluster")) { Problems = [400, 503] } : null, cluster.GetAsync),
        new(Route.Read, "/v1/tables", "tables", new("listTables", "The tables of the warehouse", "tables", Content.Json("TableList")) { Problems = [400, 503] }, tables.ListAsync),
        new(Route.Read, "/v1/tables/{table}/snapshots", "tables", new("listSnapshots", "A table's commits, newest first", "tables", Content.Json("SnapshotList"))
        {
            Parameters = [.. Table, Parameter.Query("limit", "Limit", "Items at most; 100 without it"), Parameter.Query("cursor", "Cursor", "What 'next' of the page before had")], Problems = [400, 404, 503],
        }, tables.SnapshotsAsync),
        new(Route.Read, "/v1/tables/{table}/rows", "tables", new("listRows", "The last rows of a table's newest data file", "tables", Content.Json("RowList"))
        {
            Parameters = [.. Table, Parameter.Query("limit", "Limit", "Rows at most, up to 100; 10 without it")], Problems = [400, 404, 503],
        }, tables.RowsAsync),
        new(Route.Read, "/health/live", "health", new("getLive", "Whether the program works", "health", Content.Json("Health")) { OtherStatus = 503 }, status.LiveAsync),
        new(Route.Read, "/health/ready", "health", new("getReady", "Whether lookups give right answers", "health", Content.Json("Health")) { OtherStatus = 503 }, status.ReadyAsync),
        new(Route.Read, "/metrics", "metrics", new("getMetrics", "Metrics as Prometheus text", "health", Content.Text(PrometheusWriter.ContentType)), status.MetricsAsync),
        new(Route.Read, "/openapi.json", "openapi", new("getDescription", "This description", "page", Content.Json("Description")), description.GetAsync),
        new(Route.Read, "/", "page", new("getPage", "The web page for browsers, else a list of calls as text", "page", Content.Text("text/html; charset=utf-8")), ui.GetPageAsync),
        new(Route.Read, "/ui/{file}", "page", new("getPagePart", "A script, style or picture of the web page", "page", Content.Text("text/javascript; charset=utf-8"))
        {
            Parameters = [Parameter.Path("file", "Its name")], Problems = [404],
        }, ui.GetFileAsync),
        new(Route.Any, "/get-online-features", "other", null, null),
    ];

    /// <summary>Where pipelines run as long as the host, the call is still to come.</summary>
    private static Route Switch(PipelineEndpoints pipelines, string verb, string summary, Func<Exchange, ValueTask> answer) => !pipelines.CanSwitch
        ? new(Route.Any, $"/v1/pipelines/{{name}}:{verb}", "other", null, null)
        : new(Route.Post, $"/v1/pipelines/{{name}}:{verb}", "pipelines", new($"{verb}Pipeline", summary, "pipelines", Content.Json("Pipeline")) { Parameters = [Parameter.Path("name", "The pipeline")], Problems = [404, 503] }, answer);
}
