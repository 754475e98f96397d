namespace Amoeba.Outputs;

/// <summary>Names one attempt of one task of one job.</summary>
internal sealed record AttemptKey(string Job, int Ordinal, int Attempt);
