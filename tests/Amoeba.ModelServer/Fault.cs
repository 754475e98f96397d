using System.Text.Json.Serialization;

namespace Amoeba.StandIn;

/// <summary>
/// Something that breaks. It strikes the requests that fit <see cref="When"/>, <see cref="Model"/> and
/// <see cref="Path"/>; of those all, or the ones that <see cref="First"/>, <see cref="Every"/>, <see cref="Share"/>,
/// <see cref="From"/> and <see cref="To"/> all let through.
/// </summary>
public sealed record Fault
{
    public required FaultKind Kind { get; init; }

    /// <summary>Regular expression on the last user message. Null: any.</summary>
    public string? When { get; init; }

    /// <summary>Regular expression on the model's name. Null: any.</summary>
    public string? Model { get; init; }

    /// <summary>Regular expression on path and query. Null: any call of a model, no web page.</summary>
    public string? Path { get; init; }

    /// <summary>Only the first so many that fit.</summary>
    public int? First { get; init; }

    /// <summary>Only every so manieth that fits.</summary>
    public int? Every { get; init; }

    /// <summary>Only this share, 0 to 1, drawn from the seed.</summary>
    public double? Share { get; init; }

    /// <summary>Only from so many seconds after the script began.</summary>
    public double? From { get; init; }

    /// <summary>Only until so many seconds after the script began.</summary>
    public double? To { get; init; }

    /// <summary>Status of <see cref="FaultKind.Status"/>.</summary>
    public int Status { get; init; } = 429;

    /// <summary>Seconds told with the status. Null: not told.</summary>
    public double? RetryAfter { get; init; }

    public RetryAs RetryAs { get; init; } = RetryAs.Seconds;

    /// <summary>Events with text that go out first; of a whole answer, bytes. Null: half of the answer.</summary>
    public int? After { get; init; }

    /// <summary>Seconds between the bytes of a trickle.</summary>
    public double Pause { get; init; } = 0.01;
}

[JsonConverter(typeof(SnakeCase<FaultKind>))]
public enum FaultKind
{
    /// <summary>An error status in the vendor's shape.</summary>
    Status,

    /// <summary>The connection closes in the middle of the answer (TCP FIN).</summary>
    Cut,

    /// <summary>The connection is reset in the middle of the answer (TCP RST).</summary>
    Reset,

    /// <summary>The connection closes before a byte of the answer.</summary>
    Drop,

    /// <summary>Half of the answer, ended as if it were whole.</summary>
    Half,

    /// <summary>The whole stream but its last event (`[DONE]`, `message_stop`, `response.completed`).</summary>
    NoEnd,

    /// <summary>JSON that breaks off, in an event after <see cref="Fault.After"/> or in the whole answer.</summary>
    Malformed,

    /// <summary>Bytes in the middle that are no event, no JSON and no UTF-8.</summary>
    Garbage,

    /// <summary>Right, but unusual: comments, CR LF, no blank after the colon, events of unknown types.</summary>
    Noise,

    /// <summary>A byte at a time.</summary>
    Trickle,

    /// <summary>No answer, until released.</summary>
    Hang,

    /// <summary>Silence in the middle of the answer, until released.</summary>
    HangMid,

    /// <summary>200 and no body.</summary>
    Empty,

    /// <summary>The right answer said to be HTML.</summary>
    ContentType,

    /// <summary>
    /// An error event in the stream (Anthropic: `overloaded_error`); a whole answer becomes 529 or 503.
    /// </summary>
    ErrorEvent,
}
