using System.Text;
using Amoeba.Disk;
using Amoeba.Hosting.Reading;
using Amoeba.Models;
using Amoeba.Plans;
using Amoeba.Tools.Chat;

namespace Amoeba.Hosting.Running;

/// <summary>What of a plan's calls of models can be known before anything runs.</summary>
/// <param name="models">The models that are configured.</param>
/// <param name="keys">Finds their keys.</param>
/// <param name="folder">Where the plan's files are.</param>
/// <param name="lacking">Takes the keys that are not there, where nothing is to run; null makes one an error.</param>
internal sealed class ChatChecks(
    ModelCatalog models, ModelKeys keys, string folder, ICollection<string>? lacking = null)
{
    private const int MostSchema = 1 << 20;

    /// <summary>The plan with the schemas of files in it, so that what is accepted is what runs.</summary>
    /// <exception cref="PlanException">A model is not configured, a file is not there, or a schema is none.</exception>
    /// <exception cref="MachineLacksException">A key is not where it should be, and nothing else
    /// would do the task.</exception>
    public PlanSpec Resolve(PlanSpec plan)
    {
        if (plan.Merge?.Chat is { } merge) plan = plan with { Merge = plan.Merge with { Chat = Resolve(plan, merge) } };
        if (!plan.Tasks.Any(task => task.Do.Any(tool => tool is ChatSpec))) return plan;
        return plan with { Tasks = [.. plan.Tasks.Select(task => Resolve(plan, task))] };
    }

    /// <summary>A merge's call is checked as that of a task of its own.</summary>
    private ChatMergeSpec Resolve(PlanSpec plan, ChatMergeSpec merge)
    {
        var task = Resolve(plan, new TaskSpec { Id = SpooledJobItems.MergeId, Type = plan.Type, Do = [merge.Chat] });
        return merge with { Chat = (ChatSpec)task.Do[0] };
    }

    private TaskSpec Resolve(PlanSpec plan, TaskSpec task)
    {
        var missing = task.Do.Select(tool => tool is ChatSpec chat ? Check(plan, task, chat) : null).ToList();
        if (missing.TrueForAll(why => why is not null))
        {
            if (lacking is null) throw new MachineLacksException(missing[0]!);
            lacking.Add(missing[0]! + "; nothing runs without it");
        }

        return task with { Do = [.. task.Do.Select(tool => tool is ChatSpec chat ? WithSchema(task, chat) : tool)] };
    }

    /// <returns>What the machine lacks for it; null where nothing is known to be missing.</returns>
    private string? Check(PlanSpec plan, TaskSpec task, ChatSpec chat)
    {
        foreach (var file in chat.Images.Concat(chat.Audio)) CheckFile(task, file.With(plan.Vars));
        var named = chat.Model.With(plan.Vars);
        if (!named.IsLiteral) return null;
        var name = named.Shown;
        if (models.Find(name, out var why) is not { } model)
        {
            var near = models.FindEntry(name) is null ? NearestName.Of(ModelCatalog.NameOf(name), models.Names) : null;
            throw new PlanException($"{task.Id}: {why}{(near is null ? "" : $"; did you mean {near}?")}");
        }

        if (chat.Audio.Count > 0 && model.Entry.Kind == ModelKind.Anthropic)
            throw new PlanException($"{task.Id}: {model.Id} takes no sound; use a model that does, or leave audio out");
        return model.Entry.Key is { } key && keys.Find(key, out var missing) is null
            ? $"{task.Id}: no key for {model.Id}: {missing} (models.{model.Entry.Name}.key)"
            : null;
    }

    /// <summary>A file of a task that needs others may be made by them.</summary>
    private void CheckFile(TaskSpec task, Template file)
    {
        if (!file.IsLiteral || task.Needs.Count > 0) return;
        var name = file.Shown;
        if (name.Contains("://", StringComparison.Ordinal)) return;
        if (name.StartsWith("data:", StringComparison.OrdinalIgnoreCase)) return;
        var path = Path.GetFullPath(name, folder);
        if (!File.Exists(path)) throw new PlanException($"{task.Id}: the file {path} is not there");
    }

    private ChatSpec WithSchema(TaskSpec task, ChatSpec chat)
    {
        if (chat.SchemaFile is not { } name) return chat;
        var path = Path.GetFullPath(name, folder);
        try
        {
            var bytes = BoundedFile.Read(path, MostSchema)
                ?? throw new PlanException($"{task.Id}: the schema {path} is larger than {MostSchema >> 20} MB");
            var root = NodeReader.Read(Encoding.UTF8.GetString(bytes), path)
                ?? throw new PlanException($"{task.Id}: the schema {path} is empty");
            var errors = new PlanErrors(path);
            var schema = SchemaBinder.Bind(new PlanCursor(root, "", errors));
            errors.ThrowIfAny();
            return chat with { Schema = schema, SchemaFile = null };
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new PlanException($"{task.Id}: the schema {path} cannot be read: {problem.Message}");
        }
    }
}
