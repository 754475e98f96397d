using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.Loader;
using Amoeba.Hosting.Configuration;
using Amoeba.Plans;

namespace Amoeba.Tests.Plans;

/// <summary>A command that reads no YAML does not pay for the library that does.</summary>
public sealed class LateLoadingTests
{
    [Fact]
    public void Json_is_read_without_the_yaml_library()
    {
        var apart = new Apart();
        apart.Call(typeof(PlanReader), "Read", """{"each": ["a"], "do": {"wait": 0}}""", "plan.json", null);
        Assert.DoesNotContain("YamlDotNet", apart.Loaded);
        apart.Call(typeof(PlanReader), "Read", "each: [a]\ndo: { wait: 0 }", "plan.yaml", null);
        Assert.Contains("YamlDotNet", apart.Loaded);
    }

    [Fact]
    public void No_configuration_file_means_no_yaml_library()
    {
        var apart = new Apart();
        var sources = Activator.CreateInstance(apart.Type(typeof(ConfigSources)))!;
        foreach (var name in (string[])["Folder", "Home"])
        {
            sources.GetType().GetProperty(name)!.SetValue(
                sources, Path.Combine(Path.GetTempPath(), "amoeba-no-such-folder"));
        }

        apart.Call(typeof(ConfigReader), "Load", sources);
        Assert.DoesNotContain("YamlDotNet", apart.Loaded);
    }

    /// <remarks>
    /// In a process of its own: a library loaded a second time would take this process's orphans from the first.
    /// </remarks>
    [Fact(Timeout = 120_000)]
    public async Task A_parent_that_calls_no_model_does_not_load_what_clients_are_made_of()
    {
        using var programs = new Amoeba.Tests.Processes.Programs();
        var opened = programs.Start(OpenedParentMode.Start(programs.Folder));
        Assert.Equal(0, (await opened.Exit()).Code);
        var loaded = opened.Stdout.Split('\n');
        Assert.Contains("Amoeba", loaded);
        Assert.DoesNotContain("Microsoft.Extensions.AI.Abstractions", loaded);
    }

    /// <summary>The library loaded a second time, by itself, noting what it asks for; it is to start nothing.</summary>
    private sealed class Apart : AssemblyLoadContext
    {
        private readonly Assembly _amoeba;
        private readonly ConcurrentQueue<string?> _loaded = new();

        public Apart() => _amoeba = LoadFromAssemblyPath(typeof(PlanReader).Assembly.Location);

        /// <summary>By any of its threads, up to now.</summary>
        public IReadOnlyList<string?> Loaded => [.. _loaded];

        public Type Type(Type known) => _amoeba.GetType(known.FullName!, throwOnError: true)!;

        public object? Call(Type known, string name, params object?[] arguments) => Type(known)
            .GetMethods(BindingFlags.Public | BindingFlags.Static)
            .Single(method => method.Name == name && method.GetParameters() is var parameters
                && parameters.Length == arguments.Length
                && parameters.Zip(arguments)
                    .All(pair => pair.Second is null || pair.First.ParameterType.IsInstanceOfType(pair.Second)))
            .Invoke(null, arguments);

        protected override Assembly? Load(AssemblyName assemblyName)
        {
            _loaded.Enqueue(assemblyName.Name);
            return null;
        }
    }
}
