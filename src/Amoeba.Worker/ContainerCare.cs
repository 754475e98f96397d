namespace Amoeba.Worker;

/// <summary>What a worker has, and does after each task, where it is alone in a container.</summary>
/// <param name="Memory">The container's.</param>
/// <param name="Tasks">How many processes and threads it may have; null where that is not to be seen.</param>
/// <param name="Room">What its tasks may leave behind; null where it is not the container's first process.</param>
internal sealed record ContainerCare(ContainerMemory Memory, ContainerTasks? Tasks, ContainerRoom? Room)
{
    /// <summary>
    /// Made beside the thread that listens: a worker is there for its parent before it has all that its first task
    /// needs, and one that is let go without a task has waited for nothing. That task waits for it.
    /// </summary>
    public static Task<ContainerCare?> Begin(WorkerTools tools)
    {
        var made = new TaskCompletionSource<ContainerCare?>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() => made.SetResult(Make(tools))) { IsBackground = true, Name = "amoeba care" }.Start();
        return made.Task;
    }

    private static ContainerCare? Make(WorkerTools tools)
    {
        SpareThreads.Make();
        if (ContainerMemory.Find() is not { } memory) return null;
        tools.Prepare();
        return new ContainerCare(memory, ContainerTasks.Find(), ContainerRoom.Find(memory));
    }
}
