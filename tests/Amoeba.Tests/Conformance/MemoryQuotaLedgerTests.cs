using Amoeba.Engine.Ports;
using Amoeba.Stores.Memory;

namespace Amoeba.Tests.Conformance;

public sealed class MemoryQuotaLedgerTests : QuotaLedgerSuite
{
    private protected override IQuotaLedger Open() => new MemoryQuotaLedger(Time);

    private protected override void AddParent(string parent) => ((MemoryQuotaLedger)Ledger).AddParent(parent);

    private protected override void RemoveParent(string parent) => ((MemoryQuotaLedger)Ledger).RemoveParent(parent);
}
