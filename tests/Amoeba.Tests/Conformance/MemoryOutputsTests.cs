using Amoeba.Engine.Ports;
using Amoeba.Outputs;

namespace Amoeba.Tests.Conformance;

public sealed class MemoryOutputsTests : OutputsSuite
{
    private protected override IOutputs Open() => new MemoryOutputs();
}
