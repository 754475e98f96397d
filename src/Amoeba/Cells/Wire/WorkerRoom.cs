namespace Amoeba.Cells.Wire;

/// <summary>What a worker in a container has for itself and its tasks, as its parent tells it.</summary>
internal static class WorkerRoom
{
    /// <summary>Bytes that the worker itself takes, with room for what a task takes before it is seen.</summary>
    public const long Memory = 192L << 20;

    /// <summary>
    /// HOME of the tasks. The caller's own may be a folder of the image, which would lend its mode to what is mounted
    /// on it: root's is closed to the tasks' user.
    /// </summary>
    public const string Home = "/home/task";

    /// <summary>Says what HOME a task would have got outside.</summary>
    public const string CallerHomeVariable = "AMOEBA_CALLER_HOME";

    /// <summary>Names, between colons, the folders that the worker empties after each task.</summary>
    public const string Variable = "AMOEBA_ROOM";

    /// <summary>Names the image, for who misses something in it.</summary>
    public const string ImageVariable = "AMOEBA_IMAGE";
}
