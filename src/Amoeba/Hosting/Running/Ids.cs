using System.Security.Cryptography;

namespace Amoeba.Hosting.Running;

/// <summary>Ids that a person can read aloud: lower-case letters and digits without i, l, o and u.</summary>
internal static class Ids
{
    private const string Letters = "0123456789abcdefghjkmnpqrstvwxyz";

    /// <summary>
    /// A job's id: a j and seven of 32 signs, which is 34 billion; short enough to type, and the first few are enough.
    /// </summary>
    public static string Job() => "j" + RandomNumberGenerator.GetString(Letters, 7);

    public static string Parent() => "p" + RandomNumberGenerator.GetString(Letters, 11);

    public static string Request() => "r" + RandomNumberGenerator.GetString(Letters, 15);

    public static long Seed() => BitConverter.ToInt64(RandomNumberGenerator.GetBytes(8));
}
