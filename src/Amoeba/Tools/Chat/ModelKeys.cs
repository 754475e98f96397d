using System.Text;
using Amoeba.Disk;
using Amoeba.Models;

namespace Amoeba.Tools.Chat;

/// <summary>
/// Reads keys where the configuration says they are, when they are needed and not before. Their values go to the
/// server they are for and to the maskers of outputs, and nowhere else.
/// </summary>
internal sealed class ModelKeys(IReadOnlyDictionary<string, string> environment)
{
    private const int LongestKey = 64 * 1024;

    /// <summary>Null where there is none at the place it should be.</summary>
    /// <param name="key">Where it is.</param>
    /// <param name="why">What is missing, for a person.</param>
    public string? Find(KeyReference key, out string why)
    {
        why = "";
        switch (key.Place)
        {
            case KeyPlace.Variable:
                if (environment.TryGetValue(key.Text, out var value) && value.Trim() is { Length: > 0 } set)
                    return Clean(set, key, out why);
                why = $"the environment variable {key.Text} is not set; export it before you run";
                return null;
            case KeyPlace.File:
                return OfFile(key, out why);
            default:
                return Clean(key.Text, key, out why);
        }
    }

    /// <summary>All secret values of an entry that can be read: what must not be seen in outputs and errors.</summary>
    public IEnumerable<string> SecretsOf(ModelEntry entry)
    {
        KeyReference?[] all = [entry.Key, .. entry.Headers.Values];
        return all.OfType<KeyReference>().Select(key => Find(key, out _)).OfType<string>();
    }

    private static string? OfFile(KeyReference key, out string why)
    {
        var path = key.Text.StartsWith("~/", StringComparison.Ordinal)
            ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), key.Text[2..])
            : key.Text;
        try
        {
            if (BoundedFile.Read(path, LongestKey) is not { } bytes)
            {
                why = $"the key file {path} is too long for a key";
                return null;
            }

            if (Encoding.UTF8.GetString(bytes).Trim() is { Length: > 0 } text) return Clean(text, key, out why);
            why = $"the key file {path} is empty";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            why = exception is FileNotFoundException or DirectoryNotFoundException
                ? $"the key file {path} is not there"
                : $"the key file {path} cannot be read ({exception.GetType().Name})";
        }

        return null;
    }

    /// <summary>
    /// A header holds no line end and nothing but ASCII; the runtime's own complaint would quote the key.
    /// </summary>
    private static string? Clean(string text, KeyReference key, out string why)
    {
        why = "";
        if (!text.Any(c => c is < ' ' or > '~')) return text;
        why = $"the key at {key} holds a character that no key has, such as a line end or a letter beyond ASCII";
        return null;
    }
}
