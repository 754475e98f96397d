namespace Amoeba.StandIn;

/// <summary>
/// A request as it came: its number, counted from 1 since the server started; seconds since the script was set; the
/// address it came to; the path with its query; headers by their names in lower case, of keys only that they were
/// there ("(hidden)").
/// </summary>
public sealed record SeenRequest(
    long Number, double At, string Host, string Method, string Path,
    IReadOnlyDictionary<string, string> Headers, string Body);
