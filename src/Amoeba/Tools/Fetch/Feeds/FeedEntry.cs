using System.Text.Json;

namespace Amoeba.Tools.Fetch.Feeds;

/// <summary>One entry of a feed of whatever kind. Null is what the feed does not say.</summary>
internal sealed record FeedEntry
{
    /// <summary>Plain text.</summary>
    public string? Title { get; init; }

    /// <summary>Absolute, where the feed allows to know it.</summary>
    public string? Url { get; init; }

    /// <summary>The feed's own; the address where it has none.</summary>
    public string? Id { get; init; }

    public DateTimeOffset? Published { get; init; }

    public DateTimeOffset? Updated { get; init; }

    public string? Author { get; init; }

    /// <summary>Text or HTML, as the feed has it; likewise the content.</summary>
    public string? Summary { get; init; }

    public string? Content { get; init; }

    public IReadOnlyList<string> Categories { get; init; } = [];

    /// <summary>Every name is there in every entry, so that what reads them need not look.</summary>
    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("title", Title);
        writer.WriteString("url", Url);
        writer.WriteString("id", Id);
        writer.WriteString("published", FeedDates.Text(Published));
        writer.WriteString("updated", FeedDates.Text(Updated));
        writer.WriteString("author", Author);
        writer.WriteString("summary", Summary);
        writer.WriteString("content", Content);
        writer.WriteStartArray("categories");
        foreach (var category in Categories) writer.WriteStringValue(category);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}

/// <summary>What came is no feed, or a broken one; said for a person, without the address.</summary>
internal sealed class FeedException(string message, bool isFeed) : Exception(message)
{
    /// <summary>It is a feed, and broken; else it is something else.</summary>
    public bool IsFeed => isFeed;
}
