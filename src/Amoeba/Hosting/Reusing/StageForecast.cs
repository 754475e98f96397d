using Amoeba.Engine.Records;

namespace Amoeba.Hosting.Reusing;

/// <summary>What of one entry of a plan will be reused.</summary>
/// <param name="stage">Null where nothing of it ever is.</param>
internal sealed class StageForecast(ReusableStage? stage)
{
    public ReusableStage? Stage => stage;

    /// <summary>By item, whether its result is there.</summary>
    public List<bool> Reused { get; } = [];

    /// <summary>Tasks whose result is there.</summary>
    public int Tasks { get; set; }

    /// <summary>Tasks that were looked at.</summary>
    public int Looked { get; set; }

    /// <summary>All of its items were looked at.</summary>
    public bool IsWhole { get; set; }

    /// <summary>Of the results that are there, in plan order.</summary>
    public List<OutputRef> Outputs { get; } = [];
}
