using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Amoeba.Telemetry;

/// <summary>
/// A log of what is worth a look later, in one file a day under `logs`: time, level, parent, message. The file is made
/// with the first line. A log that cannot be written is no reason to stop anything.
/// </summary>
internal sealed class FileLog(string folder, string parent, TimeProvider time) : ILogger
{
    private readonly Lock _gate = new();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state,
        Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
        {
            return;
        }

        var now = time.GetUtcNow();
        var message = formatter(state, exception).ReplaceLineEndings(" ");
        var line = string.Create(CultureInfo.InvariantCulture, $"{now:O} {Word(logLevel)} {parent} {message}\n");
        var file = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"amoeba-{now:yyyy-MM-dd}.log"));
        lock (_gate)
        {
            try
            {
                Directory.CreateDirectory(folder);
                File.AppendAllText(file, line); // one write a line, so that several parents may share the file
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // The disk may be what there is to complain about.
            }
        }
    }

    private static string Word(LogLevel level) => level switch
    {
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        _ => "error",
    };
}
