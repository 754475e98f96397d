using Amoeba.Engine.Records;
using Amoeba.Jobs;

namespace Amoeba.Hosting.Reading;

/// <summary>A child of a living parent.</summary>
/// <param name="Record">What the store has.</param>
/// <param name="State">With busy and idle told apart by whether a task runs on it.</param>
/// <param name="Task">The task that runs on it, or null.</param>
internal sealed record ChildView(ChildRecord Record, ChildState State, TaskRecord? Task);
