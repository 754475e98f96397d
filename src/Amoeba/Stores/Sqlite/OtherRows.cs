using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Jobs;

namespace Amoeba.Stores.Sqlite;

/// <summary>The smaller rows, to and from columns.</summary>
internal static class OtherRows
{
    public const string PutChild = """
        INSERT INTO children (id, job, parent, cell, state, pid, started, waits_for, waits_until, warning, rev)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET job = excluded.job, parent = excluded.parent, cell = excluded.cell,
          state = excluded.state, pid = excluded.pid, started = excluded.started, waits_for = excluded.waits_for,
          waits_until = excluded.waits_until, warning = excluded.warning, rev = excluded.rev
        """;

    public const string PutApproval = """
        INSERT INTO approvals
          (id, job, asks, hash, created, expires, expires_into, answer, children, answered, by_whom, rev)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET asks = excluded.asks, hash = excluded.hash, expires = excluded.expires,
          expires_into = excluded.expires_into, answer = excluded.answer, children = excluded.children, answered = excluded.answered,
          by_whom = excluded.by_whom, rev = excluded.rev
        """;

    public const string PutLease = """
        INSERT INTO leases VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (parent) DO UPDATE SET
          want_light = excluded.want_light, want_heavy = excluded.want_heavy,
          want_programs = excluded.want_programs, want_memory = excluded.want_memory,
          use_light = excluded.use_light, use_heavy = excluded.use_heavy,
          use_programs = excluded.use_programs, use_memory = excluded.use_memory,
          granted_light = excluded.granted_light, granted_heavy = excluded.granted_heavy,
          granted_programs = excluded.granted_programs, granted_memory = excluded.granted_memory,
          least_light = excluded.least_light, least_heavy = excluded.least_heavy,
          least_programs = excluded.least_programs, least_memory = excluded.least_memory,
          started = excluded.started, place = excluded.place, began = excluded.began, asked = excluded.asked
        """;

    public const string SelectRequest = "SELECT id, job, kind, argument, by_whom, created, answer FROM requests ";

    public static Statement AddChild(this Statement statement, ChildRecord child) => statement
        .Add(child.Id).Add(child.Job).Add(child.Parent).Add(Names.Of(child.Cell)).Add(Names.Of(child.State))
        .Add(child.Pid).Add(child.Started).Add(child.WaitsFor).Add(child.WaitsUntil).Add(child.Warning);

    public static ChildRecord Child(Statement row) => new(
        row.Text(), row.Text(), row.Text(), Words.Cell(row.Text()), Words.ChildState(row.Text()),
        row.IntOrNull(), row.Time())
    {
        WaitsFor = row.TextOrNull(),
        WaitsUntil = row.TimeOrNull(),
        Warning = row.TextOrNull(),
    };

    public static ParentRecord Parent(Statement row) => new(
        row.Text(), row.Int(), row.Text(), row.Long(), row.Time(), row.Text())
    {
        Space = row.Text(),
    };

    public static Statement AddApproval(this Statement statement, ApprovalRecord approval) => statement
        .Add(approval.Id).Add(approval.Job).Add(approval.Asks).Add(approval.Hash).Add(approval.Created)
        .Add(approval.Expires).Add(approval.ExpiresInto).Add(approval.Answer)
        .Add(approval.Children).Add(approval.Answered).Add(approval.By);

    public static ApprovalRecord Approval(Statement row) =>
        new(row.Text(), row.Text(), row.Text(), row.Text(), row.Time(), row.TimeOrNull())
        {
            ExpiresInto = row.TextOrNull(),
            Answer = row.TextOrNull(),
            Children = row.IntOrNull(),
            Answered = row.TimeOrNull(),
            By = row.TextOrNull(),
        };

    public static RequestRecord Request(Statement row) =>
        new(row.Text(), row.Text(), row.Text(), row.TextOrNull(), row.Text(), row.Time()) { Answer = row.TextOrNull() };

    public static AuditRecord Audit(Statement row) =>
        new(row.Time(), row.Text(), row.Text(), row.TextOrNull(), row.Text());

    public static Statement AddHolding(this Statement statement, LeaseHolding row) => statement
        .Add(row.Parent).AddLease(row.Want.Wanted).AddLease(row.Want.InUse).AddLease(row.Granted)
        .AddLease(row.Want.Least).Add(row.Want.Started).Add(row.Place).Add(row.Began).Add(row.Asked);

    public static LeaseHolding Holding(Statement row)
    {
        var (parent, wanted, inUse, granted) = (row.Text(), Lease(row), Lease(row), Lease(row));
        var want = new LeaseWant(wanted, inUse, Lease(row), row.Long());
        return new LeaseHolding(parent, want, granted, row.Long(), row.LongOrNull(), row.Time());
    }

    private static Statement AddLease(this Statement statement, Lease lease) => statement
        .Add(lease.Light).Add(lease.Heavy).Add(lease.Programs).Add(lease.Memory);

    public static Statement AddTokens(this Statement statement, TokenCounts tokens) =>
        statement.Add(tokens.Input).Add(tokens.Output).Add(tokens.Cached).Add(tokens.Reasoning);

    public static TokenCounts Tokens(this Statement row) => new(row.Long(), row.Long(), row.Long(), row.Long());

    public static Statement AddOutput(this Statement statement, OutputRef output)
    {
        statement.Add((int)output.Place).Add(output.Name).Add(output.Offset).Add(output.Length).Add((long)output.Hash);
        return output.Place == OutputPlace.Inline ? statement.Add(output.Inline.Span) : statement.AddNull();
    }

    public static OutputRef Output(this Statement row)
    {
        var (place, name, offset, length, hash) =
            ((OutputPlace)row.Int(), row.TextOrNull(), row.Long(), row.Long(), (ulong)row.Long());
        var inline = row.BytesOrNull();
        return place == OutputPlace.None ? OutputRef.None : new OutputRef(place, name, offset, length, hash, inline);
    }

    private static Lease Lease(Statement row) => new(row.Int(), row.Int(), row.Int(), row.Long());
}
