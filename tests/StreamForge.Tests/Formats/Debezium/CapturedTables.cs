using StreamForge.Core;

namespace StreamForge.Tests.Formats.Debezium;

/// <summary>A captured table: its columns as a pipeline file would declare them, and its primary key.</summary>
/// <param name="Folder">The connector's folder, below the captures.</param>
/// <param name="Final">The file with the table as it ended, below <c>final</c>.</param>
/// <param name="Key">Empty for a table without one.</param>
internal sealed record CapturedTable(string Folder, string Topic, string Final, Schema Columns, long[] Units, string[] Key)
{
    private const string PostgresNumbers =
        "id int, c_smallint int, c_int int, c_bigint bigint, c_numeric_10_2 decimal(10,2), c_numeric_38_10 decimal(38,10), c_numeric_5_0 decimal(5,0), c_numeric_any double, c_real double, c_double double, c_money decimal(19,2), " +
        "c_oid bigint, c_bool boolean, c_bit1 boolean, c_bit12 bytes, c_varbit bytes";

    private const string MariaNumbers =
        "id int, c_bool int, c_tiny int, c_small int, c_medium int, c_int int, c_big bigint, c_utiny int, c_usmall int, c_umedium int, c_uint bigint, c_ubig bigint, c_dec_10_2 decimal(10,2), c_udec decimal(10,2), c_dec_5_0 decimal(5,0), " +
        "c_float double, c_double double, c_bit1 boolean, c_bit8 bytes, c_bit40 bytes, c_zerofill bigint";

    private const string PostgresTexts =
        "id int, c_char string, c_varchar string, c_text string, c_citext string, c_name string, c_uuid string, c_json string, c_jsonb string, c_xml string, c_bytea bytes, c_enum string, c_inet string, c_cidr string, c_macaddr string, " +
        "c_hstore string, c_ltree string, c_tsvector string, c_int4range string, c_numrange string, c_tstzrange string, c_daterange string";

    private const string MariaTexts =
        "id int, c_char string, c_varchar string, c_latin1 string, c_text string, c_longtext string, c_enum string, c_set string, c_json string, c_binary bytes, c_varbinary bytes, c_blob bytes";

    private const string PostgresTimes = "id int, c_date date, c_ts timestamp us, c_ts0 timestamp ms, c_ts3 timestamp ms, c_tstz timestamptz, c_tstz3 timestamptz";

    private const string MariaTimes =
        "id int, c_date date, c_dt timestamp ms, c_dt3 timestamp ms, c_dt6 timestamp us, c_ts timestamptz, c_ts3 timestamptz, c_ts6 timestamptz, c_year int";

    private const string Orders = "order_id int, customer_id bigint, status string, amount decimal(12,2), note string, updated_at timestamp ms";
    private const string Lines = "order_id int, line_no int, sku string, qty int, price decimal(10,4), total decimal(16,4)";
    private const string Accounts = "id int, owner string, balance decimal(10,2)";
    private const string Arrays = "id int, c_ints array, c_bigints array, c_texts array, c_bools array, c_uuids array, c_enums array, c_ints2d array, c_domain decimal(8,3)";

    /// <summary>Every table that the description's replay was made for, and the same in the other forms that connectors have.</summary>
    public static IEnumerable<CapturedTable> All() => Postgres().Concat(Maria());

    private static IEnumerable<CapturedTable> Postgres()
    {
        const string customers = "id bigint, email string, name string, vip boolean, address string, created_at timestamptz";
        const string documents = "id int, title string, body string, meta string, raw bytes, tags array, nums array, rev int";
        foreach (var connector in (string[])["pg", "pgflat"])
        {
            yield return Of(connector, "shop.customers", customers);
            yield return Of(connector, "shop.orders", Orders, "order_id");
            yield return Of(connector, "shop.order_lines", Lines, "order_id", "line_no");
            yield return Of(connector, "shop.accounts_full", Accounts);
            yield return Of(connector, "shop.accounts_default", Accounts);
            yield return Of(connector, "shop.accounts_index", "id int, code string, balance decimal(10,2)");
            yield return Of(connector, "shop.documents", documents);
            yield return Of(connector, "shop.documents_full", documents);
            yield return Of(connector, "shop.Mixed_Case-T_tle", "Id int, Größe\u00a0cm double, a.b string, select string", "Id");
            yield return Of(connector, "shop.evolving", "id int, b string, d string, price decimal(12,2)");
            yield return Of(connector, "shop.debezium_signal", "id string, type string, data string");
            yield return Of(connector, "types.numbers", PostgresNumbers);
            yield return Of(connector, "types.texts", PostgresTexts);
            yield return Of(connector, "types.times", PostgresTimes);
            yield return Of(connector, "types.arrays", Arrays);
            yield return Of(connector, "types.defaults", "id int, n int, t string, b boolean, d decimal(6,2), plain int");
        }
        yield return Of("pg", "shop.late_read", "id int, v string");
        yield return Of("pg", "shop.staging_a", "id int, v string");
        yield return Of("pg", "shop.staging_b", "id int, v string");
        yield return Of("pg", "shop.log_nokey", "at timestamptz, line string") with { Key = [] };
        yield return Of("pgcrash", "shop.ticks", "id int, v int");
        yield return Of("pgagain", "shop.ticks_again", "id int, v int");
        foreach (var topic in (string[])["shop.orders", "shop.accounts_full", "shop.accounts_default"])
            yield return topic == "shop.orders" ? Of("pgparts", topic, Orders, "order_id") : Of("pgparts", topic, Accounts);
        yield return Of("pgschema", "shop.customers", customers);
        yield return Of("pgschema", "shop.accounts_full", Accounts);
        yield return Of("pgschema", "shop.evolving", "id int, b string, d string, price decimal(12,2)");
        yield return Of("pgschema", "shop.staging_b", "id int, v string");
        yield return Of("pgschema", "types.numbers", PostgresNumbers);
        yield return Of("pgschema", "types.texts", PostgresTexts);
        yield return Of("pgschema", "types.times", PostgresTimes.Replace(" us", "", StringComparison.Ordinal).Replace(" ms", "", StringComparison.Ordinal) + ", c_time string, c_time0 string, c_time3 string");
        yield return Of("pgschema", "types.arrays", Arrays);
        yield return Of("pgschema", "types.defaults", "id int, n int, t string, b boolean, d decimal(6,2), plain int");
        yield return Of("pgstring", "types.numbers", PostgresNumbers);
        yield return Of("pgstring", "types.texts", PostgresTexts.Replace("c_bytea bytes", "c_bytea string", StringComparison.Ordinal));
        yield return Of("pgstring", "types.times", PostgresTimes);
        yield return Of("pgstring", "types.arrays", Arrays);
        yield return Of("pgstring", "types.defaults", "id int, n int, t string, b boolean, d decimal(6,2), plain int");
        yield return Of("pgstring", "types.numeric_special", "id int, n double, n_10_2 double");
        yield return Of("pgdouble", "types.numbers", PostgresNumbers.Replace("decimal(38,10)", "double", StringComparison.Ordinal).Replace("decimal(19,2)", "double", StringComparison.Ordinal));
        yield return Of("pgdouble", "types.texts", PostgresTexts);
        yield return Of("pgdouble", "types.times", PostgresTimes.Replace("us", "ms", StringComparison.Ordinal));
        yield return Of("pgdouble", "types.numeric_special", "id int, n double, n_10_2 double");
    }

    private static IEnumerable<CapturedTable> Maria()
    {
        const string customers = "id bigint, email string, name string, vip boolean, address string, created_at timestamptz";
        foreach (var connector in (string[])["maria", "mariaflat", "mysql", "mariaschema", "mariastring", "mariadouble"])
        {
            foreach (var table in (CapturedTable[])
            [
                Of(connector, "shop.customers", customers),
                Of(connector, "shop.orders", Orders, "order_id"),
                Of(connector, "shop.order_lines", Lines, "order_id", "line_no"),
                Of(connector, "shop.accounts", Accounts),
                Of(connector, "shop.documents", "id int, title string, body string, raw_ bytes, rev int"),
                Of(connector, "shop.staging", "id int, v string"),
                Of(connector, "shop.Mixed_Case-T_tle", "Id int, Größe\u00a0cm double, a.b string, select string", "Id"),
                Of(connector, "shop.evolving", "id int, b string, d string, price decimal(12,2)"),
                Of(connector, "shop.late_read", "id int, v string"),
                Of(connector, "shop.renamed", "id int, v string"),
                Of(connector, "shop.debezium_signal", "id string, type string, data string"),
                Of(connector, "more.uuids", "id int, u string"),
                Of(connector, "types.numbers", connector is "mariastring" or "mariadouble" ? MariaNumbers.Replace("c_ubig bigint", "c_ubig decimal(20,0)", StringComparison.Ordinal) : MariaNumbers),
                Of(connector, "types.texts", connector is "mariastring" ? MariaTexts.Replace("bytes", "string", StringComparison.Ordinal) : MariaTexts),
                Of(connector, "types.times", connector is "mariadouble" ? MariaTimes.Replace("us", "ms", StringComparison.Ordinal) : MariaTimes),
                Of(connector, "types.defaults", "id int, n int, t string, b boolean, d decimal(6,2), plain int"),
                Of(connector, "types.zero_dates", "id int, c_date date, c_dt timestamp us, c_ts timestamptz, n_date date, n_dt timestamp us, n_ts timestamptz, c_year int"),
            ])
            {
                var isThere = Captured.Root is not { } root || File.Exists(table.PathOf(root));
                // A flattened topic has lost its truncates, and none of its rows was read by the incremental snapshot.
                if (isThere && !(connector == "mariaflat" && table.Final is "shop.staging" or "shop.late_read" && connector != "maria")) yield return table;
            }
        }
        yield return Of("maria", "shop.log_nokey", "at timestamp ms, line string") with { Key = [] };
    }

    public string Name => $"{Folder}.{Final}";

    public string PathOf(string root) => Path.Combine(root, Database, Folder, Topic + ".jsonl");

    public string FinalOf(string root) => Path.Combine(root, Database, "final", Final + ".jsonl");

    public bool IsPostgres => Folder.StartsWith("pg", StringComparison.Ordinal);

    private string Database => IsPostgres ? "postgres" : "mariadb";

    private static CapturedTable Of(string connector, string table, string columns, params string[] key)
    {
        var fields = columns.Split(", ").Select(c => c.Split(' ')).ToArray();
        long Unit(string[] field) => field.Length < 3 ? 0 : field[2] == "ms" ? 1000 : 1;
        return new CapturedTable(
            connector, $"{connector}.{table}", table,
            new Schema(fields.Select(f => new Field(f[0].Replace('\u00a0', ' '), DataType.TryParse(f[1], out var type) ? type : throw new ArgumentException(f[1])))),
            [.. fields.Select(Unit)], key.Length == 0 ? ["id"] : key);
    }
}
