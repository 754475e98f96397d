using System.Text.RegularExpressions;
using Amoeba.StandIn.Answering;

namespace Amoeba.StandIn.Limiting;

/// <summary>Says which requests something strikes.</summary>
internal sealed class FaultChooser(IEnumerable<Fault> faults)
{
    private readonly Rule[] _rules = [.. faults.Select(fault => new Rule(fault))];

    /// <summary>The first that strikes; there is no <paramref name="ask"/> for a web page.</summary>
    public Fault? Choose(string path, Ask? ask, Chance chance, double now)
    {
        foreach (var rule in _rules)
        {
            if (rule.Strikes(path, ask, chance, now)) return rule.Fault;
        }

        return null;
    }

    private sealed class Rule(Fault fault)
    {
        private readonly Regex? _when = fault.When is { } when ? new Regex(when, RegexOptions.Multiline) : null;
        private readonly Regex? _model = fault.Model is { } model ? new Regex(model) : null;
        private readonly Regex? _path = fault.Path is { } path ? new Regex(path) : null;
        private int _fitting;

        public Fault Fault => fault;

        public bool Strikes(string path, Ask? ask, Chance chance, double now)
        {
            if (_path is null ? ask is null : !_path.IsMatch(path)) return false;
            if (_when is not null && !_when.IsMatch(ask?.LastUser ?? "")) return false;
            if (_model is not null && !_model.IsMatch(ask?.Model ?? "")) return false;
            if (now < fault.From || now >= fault.To) return false;
            var number = Interlocked.Increment(ref _fitting);
            return !(number > fault.First)
                && (fault.Every is not { } every || number % every == 0)
                && (fault.Share is not { } share || chance.Next() < share);
        }
    }
}
