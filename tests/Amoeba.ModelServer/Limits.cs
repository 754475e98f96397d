using System.Text.Json.Serialization;

namespace Amoeba.StandIn;

/// <summary>
/// What the server lets pass; over it 429. A call is charged when it arrives with its input and all its output.
/// </summary>
public sealed record Limits
{
    /// <summary>Requests a minute. Null: no limit.</summary>
    public int? Requests { get; init; }

    /// <summary>Tokens a minute, input and output. Null: no limit.</summary>
    public long? Tokens { get; init; }

    /// <summary>Calls at the same time. Null: no limit.</summary>
    public int? Concurrency { get; init; }

    public WindowKind Window { get; init; } = WindowKind.Sliding;

    /// <summary>How long the "minute" is, in seconds, so that a test can be short.</summary>
    public double Seconds { get; init; } = 60;

    public RetryAs RetryAs { get; init; } = RetryAs.Seconds;

    /// <summary>Whether answers carry the vendor's rate-limit headers.</summary>
    public bool Headers { get; init; } = true;

    /// <summary>Each model has the limits for itself.</summary>
    public bool PerModel { get; init; }
}

[JsonConverter(typeof(SnakeCase<WindowKind>))]
public enum WindowKind
{
    /// <summary>Starts anew every minute, counted from the script's start.</summary>
    Fixed,

    /// <summary>No minute, wherever it starts, holds more than the limit.</summary>
    Sliding,

    /// <summary>Holds a minute's worth, is full at the start, refills evenly.</summary>
    Bucket,
}

[JsonConverter(typeof(SnakeCase<RetryAs>))]
public enum RetryAs
{
    /// <summary>`Retry-After` in whole seconds, rounded up.</summary>
    Seconds,

    /// <summary>`Retry-After` as an HTTP date, rounded up.</summary>
    Date,

    /// <summary>`retry-after-ms`.</summary>
    Ms,

    /// <summary>Not told.</summary>
    None,
}
