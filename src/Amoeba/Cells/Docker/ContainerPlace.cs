namespace Amoeba.Cells.Docker;

/// <summary>What the containers of one job see and may use.</summary>
internal sealed record ContainerPlace
{
    /// <summary>The id of the image, as it was approved: a name may come to mean another one.</summary>
    public required string Image { get; init; }

    /// <summary>Where its tasks work: the one folder of this machine that they may change. Full path.</summary>
    public required string Folder { get; init; }

    /// <summary>A folder they may read; null where there is none.</summary>
    public string? Inputs { get; init; }

    /// <summary>Folders in <see cref="Folder"/> that they see as empty ones. Full paths.</summary>
    public IReadOnlyList<string> Covered { get; init; } = [];

    /// <summary>Bytes that a task may use.</summary>
    public required long Memory { get; init; }

    /// <summary>Processes that a task may have at once.</summary>
    public required int Processes { get; init; }

    /// <summary>Processors; null is not limited.</summary>
    public double? Cpus { get; init; }

    /// <summary>It reaches the network.</summary>
    public bool Network { get; init; }
}
