using System.Reflection;
using System.Runtime.CompilerServices;
using Amoeba.Jobs;

namespace Amoeba.Tests.Architecture;

/// <summary>
/// Pins the public API of Amoeba.dll. To change it on purpose: run this test once with AMOEBA_UPDATE_SURFACE=1 and
/// commit the file with the change.
/// </summary>
public sealed class PublicSurfaceTests
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static
        | BindingFlags.DeclaredOnly;

    private static readonly NullabilityInfoContext Nullability = new();

    [Fact]
    public void The_public_surface_is_the_one_that_was_agreed_on()
    {
        var now = string.Concat(typeof(JobState).Assembly.GetExportedTypes()
            .OrderBy(type => type.FullName, StringComparer.Ordinal).SelectMany(Lines).Select(line => line + "\n"));
        var snapshot = Path.Combine(Folder(), "public-surface.txt");
        if (Environment.GetEnvironmentVariable("AMOEBA_UPDATE_SURFACE") == "1") File.WriteAllText(snapshot, now);
        Assert.Equal(File.ReadAllText(snapshot).Split('\n'), now.Split('\n'));
    }

    private static string Folder([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;

    private static IEnumerable<string> Lines(Type type)
    {
        var bases = type.GetInterfaces().Append(type.BaseType).OfType<Type>()
            .Where(
                parent => parent.Assembly == type.Assembly || parent == typeof(Exception)
                    || parent.Name.EndsWith("Disposable", StringComparison.Ordinal))
            .Select(Name).Order(StringComparer.Ordinal).ToList();
        yield return $"{Kind(type)} "
            + $"{type.Namespace}.{Name(type)}{(bases.Count > 0 ? " : " + string.Join(", ", bases) : "")}";
        var members =
            typeof(MulticastDelegate).IsAssignableFrom(type) ? [type.GetMethod("Invoke")!] : type.GetMembers(Declared);
        foreach (var line in members.Select(Line).OfType<string>().Order(StringComparer.Ordinal))
        {
            yield return "    " + line;
        }
    }

    private static string? Line(MemberInfo member) => member switch
    {
        FieldInfo { IsPublic: true, IsSpecialName: false } field => field.IsLiteral && field.DeclaringType!.IsEnum
            ? $"{Convert.ToInt64(field.GetRawConstantValue(), null)} {field.Name}"
            : $"{Name(field.FieldType)} {field.Name}",
        PropertyInfo property when property.GetAccessors().Length > 0 =>
            $"{(property.GetAccessors()[0].IsStatic ? "static " : "")}{Name(property.PropertyType)}"
            + $"{(Nullability.Create(property).ReadState == NullabilityState.Nullable
                && !property.PropertyType.IsValueType ? "?" : "")}"
            + $" {property.Name} {{ "
            + $"{string.Join(' ', property.GetAccessors().Select(Accessor).Order(StringComparer.Ordinal))} }}",
        ConstructorInfo constructor when Seen(constructor) => $"new({Parameters(constructor)})",
        MethodInfo { IsSpecialName: false } method
            when Seen(method) && !method.IsDefined(typeof(CompilerGeneratedAttribute)) =>
            $"{(method.IsStatic ? "static " : "")}{Name(method.ReturnType)} "
                + $"{method.Name}{Generics(method)}({Parameters(method)})",
        EventInfo { AddMethod.IsPublic: true } happening =>
            $"event {Name(happening.EventHandlerType!)} {happening.Name}",
        _ => null,
    };

    private static bool Seen(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static string Accessor(MethodInfo method) =>
        !method.Name.StartsWith("set_", StringComparison.Ordinal) ? "get;"
        : method.ReturnParameter.GetRequiredCustomModifiers().Any(modifier => modifier.Name == "IsExternalInit")
            ? "init;"
            : "set;";

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(parameter =>
        $"{Name(parameter.ParameterType)}{(Nullability.Create(parameter).WriteState == NullabilityState.Nullable
            && !parameter.ParameterType.IsValueType ? "?" : "")}"
        + $" {parameter.Name}{(parameter.HasDefaultValue ? " = " + (parameter.DefaultValue ?? "default") : "")}"));

    private static string Generics(MethodInfo method) =>
        method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(Name))}>" : "";

    private static string Kind(Type type) => type.IsEnum ? "enum" : type.IsInterface ? "interface"
        : type.IsValueType ? "struct" : typeof(MulticastDelegate).IsAssignableFrom(type) ? "delegate"
        : type is { IsAbstract: true, IsSealed: true } ? "static class" : type.IsSealed ? "sealed class"
        : type.IsAbstract ? "abstract class" : "class";

    private static string Name(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } value) return Name(value) + "?";
        if (type.IsArray) return Name(type.GetElementType()!) + "[]";
        if (type.IsByRef) return "ref " + Name(type.GetElementType()!);
        if (!type.IsGenericType) return type.Name;
        return $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>";
    }
}
