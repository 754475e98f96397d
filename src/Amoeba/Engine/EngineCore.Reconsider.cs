using Amoeba.Deciding;
using Amoeba.Engine.State;

namespace Amoeba.Engine;

/// <summary>A running job corrects its width from its first results (SPEC 3.1).</summary>
internal sealed partial class EngineCore
{
    private void Reconsider(LiveJob job)
    {
        var own = job.Succeeded - job.Reused;
        if (!Correction.IsDue(own) || job.Corrections == own || job.Approval is not null)
        {
            return; // a number that a person approved stays
        }

        if (job.Start.EverySplitAsks && !job.Decision.Split)
        {
            return; // nobody allowed a split, because none was asked for
        }

        job.Corrections = own;
        var results = new List<StageResults>();
        foreach (var stage in job.Stages)
        {
            if (stage.Seen.Count > 0 && !stage.Plan.IsMerge)
            {
                results.Add(stage.Seen.ToResults(stage.Index));
            }
        }

        if (Correction.Of(job.Decision.Input, job.Width, results) is { } corrected)
        {
            job.Decision = corrected;
            job.Width = Math.Clamp(corrected.Children, 1, MostChildren(job));
            MarkDirty(job);
        }
    }
}
