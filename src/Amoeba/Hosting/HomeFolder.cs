namespace Amoeba.Hosting;

/// <summary>Where the state lives: the folders under AMOEBA_HOME.</summary>
internal sealed record HomeFolder(string Root)
{
    public string Store => Path.Combine(Root, "amoeba.db");

    public string Config => Path.Combine(Root, "config.yaml");

    public string Outputs => Path.Combine(Root, "outputs");

    public string Spools => Path.Combine(Root, "spool");

    public string Logs => Path.Combine(Root, "logs");

    /// <summary>Locks of living parents, and what detached children write.</summary>
    public string Run => Path.Combine(Root, "run");

    /// <summary>Every folder in it that is Amoeba's alone.</summary>
    public IEnumerable<string> Folders => [Outputs, Spools, Logs, Run];

    public string Spool(string job) => Path.Combine(Spools, job);

    /// <summary>
    /// Makes its folders this user's alone, also in a home that was there before and is open to others: inputs, outputs
    /// and logs lie in them.
    /// </summary>
    /// <exception cref="IOException">One of them cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">One of them is another user's.</exception>
    public void Close()
    {
        foreach (var folder in Folders) Disk.PrivateFiles.CloseFolder(folder);
    }
}
