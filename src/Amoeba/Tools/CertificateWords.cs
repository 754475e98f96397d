namespace Amoeba.Tools;

/// <summary>What is wrong with a server's certificate, for a person: what `fetch` and `chat` say alike.</summary>
internal static class CertificateWords
{
    /// <summary>Null where it is not the certificate that is at fault.</summary>
    /// <param name="complaint">What the runtime says of it.</param>
    /// <returns>What is wrong with it, to stand behind the server's name, and what to do now.</returns>
    public static (string What, string Now)? Of(string complaint)
    {
        bool Has(string name) => complaint.Contains(name, StringComparison.Ordinal);
        if (!Has("certificate")) return null;
        if (Has("RemoteCertificateNameMismatch"))
            return ("is for another name", "look for a mistake in the host's name");
        if (Has("NotTimeValid"))
            return ("has expired, or is not valid yet", "its owner has to renew it; or this machine's clock is wrong");
        if (Has("UntrustedRoot") || Has("PartialChain"))
        {
            return ("is signed by nobody this machine trusts (self-signed, or by a private authority)",
                "if the server is yours, add its authority to the machine's trusted ones, "
                    + "or name the file in SSL_CERT_FILE");
        }

        return Has("Revoked") ? ("was revoked", "its owner has to replace it") : ("cannot be used", complaint);
    }
}
