namespace Amoeba.Engine.State;

/// <summary>What a budget is spent on, used or expected.</summary>
internal readonly record struct Spend(double Tokens, double CostUsd)
{
    public static Spend operator +(Spend a, Spend b) => new(a.Tokens + b.Tokens, a.CostUsd + b.CostUsd);

    public static Spend operator -(Spend a, Spend b) =>
        new(Math.Max(0, a.Tokens - b.Tokens), Math.Max(0, a.CostUsd - b.CostUsd));
}
