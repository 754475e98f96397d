namespace Amoeba.Plans;

/// <summary>What may be fetched.</summary>
internal static class WebAddress
{
    private const int Longest = 16 * 1024;

    /// <summary>As messages may show it: without a name and password.</summary>
    public static string Shown(string text)
    {
        var start = text.IndexOf("://", StringComparison.Ordinal) + 3;
        if (start < 3) return PlanErrors.Clean(text);
        var end = text.AsSpan(start).IndexOfAny('/', '?', '#');
        var at = (end < 0 ? text.AsSpan(start) : text.AsSpan(start, end)).LastIndexOf('@');
        return PlanErrors.Clean(at < 0 ? text : string.Concat(text.AsSpan(0, start), "***", text.AsSpan(start + at)));
    }

    /// <summary>What is wrong with an address, in words that follow it; null where it can be fetched.</summary>
    public static string? Problem(string text)
    {
        if (text.Length > Longest) return $"is longer than the {Longest} characters an address may have";
        if (text.AsSpan().Trim().Length != text.Length || text.Any(char.IsControl))
            return "has blanks around it, or a line break within; give the address alone";
        if (!Uri.TryCreate(text, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            return "is no http:// or https:// address";
        if (address.Host.Length == 0) return "names no host";
        return address.UserInfo.Length > 0
            ? "holds a name or password; put them into headers: { Authorization: ... }, where they stay out of messages"
            : null;
    }
}
