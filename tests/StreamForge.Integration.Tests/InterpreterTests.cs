namespace StreamForge.Integration.Tests;

/// <summary>The outside readers themselves are there, so that a test of a table fails for the table.</summary>
public class InterpreterTests
{
    [ServiceFact(PythonScript.Need)]
    public async Task Python_brings_the_readers_and_hands_arguments_on()
    {
        var answer = await PythonScript.RunAsync("versions.py", "a b", "ü");
        Assert.Equal(["a b", "ü"], answer.GetProperty("arguments").EnumerateArray().Select(a => a.GetString()));
        foreach (var package in (string[])["pyiceberg", "pyarrow", "duckdb", "fastavro"]) Assert.NotEqual("", answer.GetProperty(package).GetString());
    }

    [ServiceFact(NodeScript.Need)]
    public async Task Node_brings_the_readers_and_hands_arguments_on()
    {
        var answer = await NodeScript.RunAsync("versions.mjs", "a b", "ü");
        Assert.Equal(["a b", "ü"], answer.GetProperty("arguments").EnumerateArray().Select(a => a.GetString()));
        foreach (var package in (string[])["hyparquet", "hyparquet-compressors", "icebird", "avsc"]) Assert.NotEqual("", answer.GetProperty(package).GetString());
    }

    [ServiceFact(PythonScript.Need)]
    public async Task Script_that_fails_fails_the_test_with_what_it_said()
    {
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => PythonScript.RunAsync("no_such_script.py"));
        Assert.Contains("no_such_script.py ended with code 2", failure.Message, StringComparison.Ordinal);
    }
}
