using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Jobs;

namespace Amoeba.Tests.Conformance;

/// <summary>Following, requests, approvals, leases, the audit log, deletion.</summary>
public abstract partial class StoreSuite
{
    [Fact]
    public void Rev_grows_with_every_write_and_with_nothing_else()
    {
        var last = Store.Rev();
        void Grows(Action write)
        {
            write();
            Assert.True(Store.Rev() > last);
            last = Store.Rev();
            Assert.Equal(last, Store.Rev());
        }

        Grows(() => Store.Make("j"));
        Grows(() => Store.AddParent(Rows.Parent("p")));
        Grows(() => Store.AddRequest(Rows.Request("r", "j")));
        var pause = new JobWrite("j", "p", 1, null, Rows.Status(JobState.Paused));
        Grows(() => Assert.Equal(last + 1, Store.Commit([pause]).Rev));
        Grows(() => Store.Acquire("j", "q", 1));
        Grows(() => Store.Release("j", "q", 2));
        Grows(() => Store.RemoveParent("p"));
        Grows(() => Store.DeleteJob("j"));
        Store.Commit();
        Assert.Equal(last, Store.Rev());
    }

    [Fact]
    public void A_follower_sees_each_change_once_and_in_order()
    {
        var job = Store.Make("j");
        var start = Store.Rev();
        Store.Commit([job], Enumerable.Range(0, 5).Select(i => Rows.Task("j", i, TaskState.Running, 1)));
        Store.Commit([job], [Rows.Task("j", 7, TaskState.Running, 1), Rows.Task("j", 1, TaskState.Succeeded, 1)]);
        Store.Commit([job], [Rows.Task("j", 0, TaskState.Succeeded, 1)]);

        var first = Store.ReadTasksSince("j", start, 2);
        Assert.Equal([2, 3, 4], Ordinals(first.Tasks)); // a commit is never cut; 0 and 1 come with their newer commits
        var second = Store.ReadTasksSince("j", first.Rev, 1);
        Assert.Equal([1, 7], Ordinals(second.Tasks).Order());
        var third = Store.ReadTasksSince("j", second.Rev, 100);
        Assert.Equal([0], Ordinals(third.Tasks));
        var none = Store.ReadTasksSince("j", third.Rev, 100);
        Assert.Empty(none.Tasks);
        Assert.Equal(Store.Rev(), none.Rev);
    }

    [Fact]
    public async Task Followers_miss_and_repeat_nothing_while_commits_go_on()
    {
        const int tasks = 400;
        var job = Store.Make("j");
        var last = 0L;
        var follower = Task.Run(() =>
        {
            var (rev, seen) = (0L, new List<TaskRecord>());
            while (true)
            {
                var enough = Volatile.Read(ref last);
                var changes = Store.ReadTasksSince("j", rev, 10);
                seen.AddRange(changes.Tasks);
                rev = changes.Rev;
                if (enough > 0 && rev >= enough)
                    return seen;
            }
        }, TestContext.Current.CancellationToken);
        for (var i = 0; i < tasks; i++)
        {
            Store.Commit([job], [Rows.Task("j", i, TaskState.Running, 1)]);
            Store.Commit([job], [Rows.Task("j", i, TaskState.Succeeded, 1)]);
        }

        Volatile.Write(ref last, Store.Rev());
        var seen = await follower;
        Assert.Equal(Enumerable.Range(0, tasks), Ordinals(seen.Where(row => row.State == TaskState.Succeeded)));
        Assert.Equal(seen.Count, seen.Select(row => (row.Ordinal, row.State)).Distinct().Count());
    }

    [Fact]
    public void A_request_is_answered_once()
    {
        var job = Store.Make("j");
        Store.AddRequest(Rows.Request("r1", "j"));
        Store.AddRequest(Rows.Request("r2", "j", "pause"));
        Store.AddRequest(Rows.Request("r3", "k"));
        Store.AddRequest(Rows.Request("r1", "other")); // asked again after an unclear answer
        Assert.Equal(["r1", "r2", "r3"], Store.ListOpenRequests(null).Select(request => request.Id));
        Assert.Equal(Rows.Request("r1", "j"), Store.ListOpenRequests("j")[0]);

        Store.Commit([job], more: batch => batch.AnsweredRequests.Add(Rows.Request("r1", "j") with { Answer = "ok" }));
        Store.Commit([job], more: batch => batch.AnsweredRequests.Add(Rows.Request("r1", "j") with { Answer = "no" }));
        Assert.Equal(["r2"], Store.ListOpenRequests("j").Select(request => request.Id));
        Assert.Equal("ok", Store.FindRequest("r1")!.Answer);
    }

    [Fact]
    public void The_newest_approval_of_a_job_is_found_with_its_answer()
    {
        var job = Store.Make("j");
        var old = new ApprovalRecord("a1", "j", "split", "h1", Rows.Noon, Rows.Noon.AddHours(1));
        var asked = new ApprovalRecord("a2", "j", "both", "h2", Rows.Noon, null);
        Store.Commit([job], more: batch => batch.Approvals.Add(old));
        Store.Commit([job], more: batch => batch.Approvals.Add(asked));
        Store.Commit([job], more: batch => batch.Approvals.Add(old with { Answer = "expired" }));
        Assert.Equal(asked, Store.FindApproval("j"));
        var answered = asked with { Answer = "approve", Children = 3, Answered = Rows.Noon.AddMinutes(1), By = "me" };
        Store.Commit([job], more: batch => batch.Approvals.Add(answered));
        Assert.Equal(answered, Store.FindApproval("j"));
    }

    [Fact]
    public void Children_come_change_and_go()
    {
        var job = Store.Make("j");
        Store.AddParent(Rows.Parent("p"));
        var child = new ChildRecord("c", "j", "p", CellKind.Process, ChildState.Spawning, null, Rows.Noon);
        var other = child with { Id = "d", Parent = "q", Started = Rows.Noon.AddSeconds(1) };
        Store.Commit([job], more: batch => batch.Children.AddRange([child, other]));
        Store.Commit([job], more: batch => batch.Children.Add(child with { State = ChildState.Ready, Pid = 77 }));
        Assert.Equal([child with { State = ChildState.Ready, Pid = 77 }, other], Store.ListChildren());
        Store.RemoveParent("p");
        Assert.Equal([other], Store.ListChildren());
        Store.Commit(more: batch => batch.GoneChildren.Add("d"));
        Assert.Empty(Store.ListChildren());
    }

    [Fact]
    public void Parents_are_listed_until_removed_and_jobs_keep_their_name()
    {
        Store.Make("j");
        Store.AddParent(Rows.Parent("p"));
        Assert.Equal([Rows.Parent("p")], Store.ListParents());
        Store.RemoveParent("p");
        Assert.Empty(Store.ListParents());
        Assert.Equal("p", Store.FindJob("j")!.Owner);
    }

    [Fact]
    public void Audit_entries_stay_when_their_job_goes_and_their_chain_holds()
    {
        var job = Store.Make("j");
        Store.Commit([job], more: batch => batch.Audits.AddRange(
            [new(Rows.Noon, "me", "approve", "j", "it is fine"), new(Rows.Noon, "rule 1", "allow", null, "")]));
        Store.Commit([job], more: batch => batch.Audits.Add(new(Rows.Noon.AddTicks(10), "you", "deny", "k", "no")));
        Store.DeleteJob("j");
        Assert.Equal(["deny", "allow", "approve"], Store.ListAudit(null, 10).Select(entry => entry.What));
        Assert.Equal(["deny", "allow"], Store.ListAudit(null, 2).Select(entry => entry.What));
        Assert.Equal([new AuditRecord(Rows.Noon, "me", "approve", "j", "it is fine")], Store.ListAudit("j", 10));
        Assert.Null(Store.VerifyAudit());
    }

    [Fact]
    public void A_deleted_job_leaves_nothing_and_others_alone()
    {
        var (job, other) = (Store.Make("j"), Store.Make("k"));
        Store.AddRequest(Rows.Request("r", "j"));
        Store.Commit(
            [job, other],
            [Rows.Task("j", 0, TaskState.Running, 1), Rows.Task("k", 0, TaskState.Running, 1)],
            batch =>
            {
                batch.Approvals.Add(new("a", "j", "split", "h", Rows.Noon, null));
                batch.Children.Add(new("c", "j", "p", CellKind.Thread, ChildState.Ready, null, Rows.Noon));
            });
        Store.DeleteJob("j");
        Store.DeleteJob("j");
        Assert.Equal(["k"], Store.FindJobIds("", 10));
        Assert.Empty(Store.ReadMarks("j"));
        Assert.Empty(Store.ReadTasksSince("j", 0, 10).Tasks);
        Assert.Null(Store.FindApproval("j"));
        Assert.Null(Store.FindRequest("r"));
        Assert.Empty(Store.ListChildren());
        Assert.Single(Store.ReadMarks("k"));
        Store.Make("j");
        Assert.Empty(Store.ReadMarks("j"));
    }
}
