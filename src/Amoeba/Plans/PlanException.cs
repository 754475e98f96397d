namespace Amoeba.Plans;

/// <summary>
/// Bad input: a plan, an option or an item that cannot run as it is. Exit code 2; nothing was changed.
/// </summary>
public sealed class PlanException(string message) : Exception(message);
