using System.Text.Json;
using System.Text.Json.Serialization;

namespace Amoeba.StandIn;

internal sealed class SnakeCase<T>()
    : JsonStringEnumConverter<T>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false)
    where T : struct, Enum;
