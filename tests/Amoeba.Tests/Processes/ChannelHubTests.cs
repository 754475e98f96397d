using Amoeba.Processes;
using Microsoft.Extensions.Logging;

namespace Amoeba.Tests.Processes;

public sealed class ChannelHubTests
{
    [Theory(Timeout = 30_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_sink_that_fails_loses_its_own_channel_and_no_other(bool inBytes)
    {
        var log = new Log();
        using var good = new End(log, bug: null, inBytes: true);
        using var bad = new End(log, new InvalidOperationException("no luck"), inBytes);
        bad.Say(1);
        if (!inBytes) bad.CloseTheirs();
        Assert.Equal(inBytes ? "no luck" : null, (await bad.Ended)?.Message);
        good.Say(2);
        Assert.Equal(2, await good.Came);
        Assert.Equal("no luck", Assert.Single(log.Failures).Message);
    }

    [Fact]
    public void What_could_not_be_made_is_tried_again_by_the_next_and_made_once()
    {
        var tries = 0;
        var one = new MadeOnce<object>(
            () => ++tries == 1 ? throw new IOException("no descriptors left") : new object());
        Assert.Null(one.Made);
        Assert.Throws<IOException>(() => one.Value);
        Assert.Null(one.Made);
        var made = one.Value;
        Assert.Same(made, one.Value);
        Assert.Same(made, one.Made);
        Assert.Equal(2, tries);
    }

    private sealed class Log : ILogger
    {
        public List<Exception> Failures { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        void ILogger.Log<TState>(
            LogLevel level, EventId id, TState state, Exception? bug, Func<TState, Exception?, string> words)
        {
            lock (Failures) Failures.Add(bug!);
        }
    }

    private sealed class End : IChannelSink, IDisposable
    {
        private readonly TaskCompletionSource<byte> _came = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource<Exception?> _ended =
            new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly Exception? _bug;
        private readonly bool _inBytes;
        private int _theirs;

        public End(ILogger log, Exception? bug, bool inBytes)
        {
            (_bug, _inBytes) = (bug, inBytes);
            var channel = Channel.TryMake(out _theirs)!;
            Assert.True(ChannelHub.Open(channel, this, log));
        }

        public Task<byte> Came => _came.Task;

        public Task<Exception?> Ended => _ended.Task;

        public unsafe void Say(byte one) => Assert.Equal(1, Libc.Write(_theirs, &one, 1));

        public void CloseTheirs() => Channel.CloseTheirs(Interlocked.Exchange(ref _theirs, -1));

        public bool OnBytes(ReadOnlySpan<byte> bytes)
        {
            if (_bug is not null && _inBytes) throw _bug;
            _came.TrySetResult(bytes[0]);
            return true;
        }

        public void OnEnd(Exception? bug)
        {
            _ended.TrySetResult(bug);
            if (_bug is not null && !_inBytes) throw _bug;
        }

        public void Dispose()
        {
            if (_theirs >= 0) CloseTheirs();
        }
    }
}
