-- What the silos' membership, reminders and grain storage need: Orleans' AdoNet providers read the statements to use from OrleansQuery by their keys.
-- Names of tables, keys, parameters and result columns are theirs (Orleans 10.2); each statement decides and acts in one, so that it needs no functions.
create table OrleansQuery
(
    QueryKey  varchar(64)   primary key,
    QueryText varchar(8000) not null
);

create table OrleansMembershipVersionTable
(
    DeploymentId varchar(150)   primary key,
    Timestamp    timestamptz(3) not null default now(),
    Version      integer        not null default 0
);

create table OrleansMembershipTable
(
    DeploymentId varchar(150)   not null references OrleansMembershipVersionTable,
    Address      varchar(45)    not null,
    Port         integer        not null,
    Generation   integer        not null,
    SiloName     varchar(150)   not null,
    HostName     varchar(150)   not null,
    Status       integer        not null,
    ProxyPort    integer,
    SuspectTimes varchar(8000),
    StartTime    timestamptz(3) not null,
    IAmAliveTime timestamptz(3) not null,
    primary key (DeploymentId, Address, Port, Generation)
) with (fillfactor = 50);

create table OrleansRemindersTable
(
    ServiceId    varchar(150)   not null,
    GrainId      varchar(150)   not null,
    ReminderName varchar(150)   not null,
    StartTime    timestamptz(3) not null,
    Period       bigint         not null,
    GrainHash    integer        not null,
    Version      integer        not null,
    primary key (ServiceId, GrainId, ReminderName)
);

create index OrleansReminders_Hash on OrleansRemindersTable (ServiceId, GrainHash);

create table OrleansStorage
(
    GrainIdHash            integer      not null,
    GrainIdN0              bigint       not null,
    GrainIdN1              bigint       not null,
    GrainTypeHash          integer      not null,
    GrainTypeString        varchar(512) not null,
    GrainIdExtensionString varchar(512),
    ServiceId              varchar(150) not null,
    PayloadBinary          bytea,
    ModifiedOn             timestamp    not null,
    Version                integer
);

-- Unique, so that of two first writes of a grain's state one wins.
create unique index OrleansStorage_Grain on OrleansStorage
    (GrainIdHash, GrainTypeHash, GrainIdN0, GrainIdN1, ServiceId, GrainTypeString, (coalesce(GrainIdExtensionString, '')));

insert into OrleansQuery (QueryKey, QueryText) values
-- Membership: every change of a silo's row raises the deployment's version, if that is still the one that the silo has read; 1 when it was, 0 when nothing happened.
('InsertMembershipVersionKey', $query$
    with added as (insert into OrleansMembershipVersionTable (DeploymentId) values (@DeploymentId) on conflict do nothing returning 1)
    select count(*)::integer from added
$query$),
('InsertMembershipKey', $query$
    with raised as
    (
        update OrleansMembershipVersionTable set Version = Version + 1, Timestamp = now()
        where DeploymentId = @DeploymentId and Version = @Version and not exists
            (select from OrleansMembershipTable m where m.DeploymentId = @DeploymentId and m.Address = @Address and m.Port = @Port and m.Generation = @Generation)
        returning DeploymentId
    ),
    added as
    (
        insert into OrleansMembershipTable (DeploymentId, Address, Port, Generation, SiloName, HostName, Status, ProxyPort, StartTime, IAmAliveTime)
        select DeploymentId, @Address, @Port, @Generation, @SiloName, @HostName, @Status, @ProxyPort, @StartTime, @IAmAliveTime from raised
        returning 1
    )
    select count(*)::integer from added
$query$),
('UpdateMembershipKey', $query$
    with raised as
    (
        update OrleansMembershipVersionTable set Version = Version + 1, Timestamp = now()
        where DeploymentId = @DeploymentId and Version = @Version and exists
            (select from OrleansMembershipTable m where m.DeploymentId = @DeploymentId and m.Address = @Address and m.Port = @Port and m.Generation = @Generation)
        returning DeploymentId
    ),
    changed as
    (
        update OrleansMembershipTable m set Status = @Status, SuspectTimes = @SuspectTimes, IAmAliveTime = @IAmAliveTime
        from raised r where m.DeploymentId = r.DeploymentId and m.Address = @Address and m.Port = @Port and m.Generation = @Generation
        returning 1
    )
    select count(*)::integer from changed
$query$),
('UpdateIAmAlivetimeKey', $query$
    update OrleansMembershipTable set IAmAliveTime = @IAmAliveTime
    where DeploymentId = @DeploymentId and Address = @Address and Port = @Port and Generation = @Generation
$query$),
-- The version comes also where there is no such silo.
('MembershipReadRowKey', $query$
    select v.DeploymentId, m.Address, m.Port, m.Generation, m.SiloName, m.HostName, m.Status, m.ProxyPort, m.SuspectTimes, m.StartTime, m.IAmAliveTime, v.Version
    from OrleansMembershipVersionTable v
    left join OrleansMembershipTable m on m.DeploymentId = v.DeploymentId and m.Address = @Address and m.Port = @Port and m.Generation = @Generation
    where v.DeploymentId = @DeploymentId
$query$),
('MembershipReadAllKey', $query$
    select v.DeploymentId, m.Address, m.Port, m.Generation, m.SiloName, m.HostName, m.Status, m.ProxyPort, m.SuspectTimes, m.StartTime, m.IAmAliveTime, v.Version
    from OrleansMembershipVersionTable v
    left join OrleansMembershipTable m on m.DeploymentId = v.DeploymentId
    where v.DeploymentId = @DeploymentId
$query$),
('DeleteMembershipTableEntriesKey', $query$
    delete from OrleansMembershipTable where DeploymentId = @DeploymentId;
    delete from OrleansMembershipVersionTable where DeploymentId = @DeploymentId
$query$),
-- 3 is active: silos that are not and have been silent since then.
('CleanupDefunctSiloEntriesKey', $query$
    delete from OrleansMembershipTable where DeploymentId = @DeploymentId and IAmAliveTime < @IAmAliveTime and Status <> 3
$query$),
('GatewaysQueryKey', $query$
    select Address, ProxyPort, Generation from OrleansMembershipTable where DeploymentId = @DeploymentId and Status = @Status and ProxyPort > 0
$query$),

-- Reminders: a version for each change; ranges of the hash ring are open at the beginning, and the second form is a range around its end.
('UpsertReminderRowKey', $query$
    insert into OrleansRemindersTable as r (ServiceId, GrainId, ReminderName, StartTime, Period, GrainHash, Version)
    values (@ServiceId, @GrainId, @ReminderName, @StartTime, @Period, @GrainHash, 0)
    on conflict (ServiceId, GrainId, ReminderName)
    do update set StartTime = excluded.StartTime, Period = excluded.Period, GrainHash = excluded.GrainHash, Version = r.Version + 1
    returning Version
$query$),
('ReadReminderRowsKey', $query$
    select GrainId, ReminderName, StartTime, Period, Version from OrleansRemindersTable where ServiceId = @ServiceId and GrainId = @GrainId
$query$),
('ReadReminderRowKey', $query$
    select GrainId, ReminderName, StartTime, Period, Version from OrleansRemindersTable where ServiceId = @ServiceId and GrainId = @GrainId and ReminderName = @ReminderName
$query$),
('ReadRangeRows1Key', $query$
    select GrainId, ReminderName, StartTime, Period, Version from OrleansRemindersTable where ServiceId = @ServiceId and GrainHash > @BeginHash and GrainHash <= @EndHash
$query$),
('ReadRangeRows2Key', $query$
    select GrainId, ReminderName, StartTime, Period, Version from OrleansRemindersTable where ServiceId = @ServiceId and (GrainHash > @BeginHash or GrainHash <= @EndHash)
$query$),
('DeleteReminderRowKey', $query$
    with gone as
    (
        delete from OrleansRemindersTable where ServiceId = @ServiceId and GrainId = @GrainId and ReminderName = @ReminderName and Version = @Version
        returning 1
    )
    select count(*)::integer from gone
$query$),
('DeleteReminderRowsKey', $query$
    delete from OrleansRemindersTable where ServiceId = @ServiceId
$query$),

-- Grain storage: the version is the fence, null before the first write; a write that changed nothing answers the version it was given, which the provider takes for a lost race.
('ReadFromStorageKey', $query$
    select PayloadBinary, (now() at time zone 'utc'), Version from OrleansStorage
    where GrainIdHash = @GrainIdHash and GrainTypeHash = @GrainTypeHash and GrainIdN0 = @GrainIdN0 and GrainIdN1 = @GrainIdN1 and ServiceId = @ServiceId
        and GrainTypeString = @GrainTypeString and coalesce(GrainIdExtensionString, '') = coalesce(@GrainIdExtensionString, '')
$query$),
('WriteToStorageKey', $query$
    with changed as
    (
        update OrleansStorage set PayloadBinary = @PayloadBinary, ModifiedOn = (now() at time zone 'utc'), Version = Version + 1
        where GrainIdHash = @GrainIdHash and GrainTypeHash = @GrainTypeHash and GrainIdN0 = @GrainIdN0 and GrainIdN1 = @GrainIdN1 and ServiceId = @ServiceId
            and GrainTypeString = @GrainTypeString and coalesce(GrainIdExtensionString, '') = coalesce(@GrainIdExtensionString, '') and Version = @GrainStateVersion
        returning Version
    ),
    added as
    (
        insert into OrleansStorage (GrainIdHash, GrainIdN0, GrainIdN1, GrainTypeHash, GrainTypeString, GrainIdExtensionString, ServiceId, PayloadBinary, ModifiedOn, Version)
        select @GrainIdHash, @GrainIdN0, @GrainIdN1, @GrainTypeHash, @GrainTypeString, @GrainIdExtensionString, @ServiceId, @PayloadBinary, (now() at time zone 'utc'), 1
        where @GrainStateVersion is null
        on conflict do nothing
        returning Version
    )
    select coalesce((select Version from changed), (select Version from added), @GrainStateVersion) as NewGrainStateVersion
$query$),
('ClearStorageKey', $query$
    update OrleansStorage set PayloadBinary = null, ModifiedOn = (now() at time zone 'utc'), Version = Version + 1
    where GrainIdHash = @GrainIdHash and GrainTypeHash = @GrainTypeHash and GrainIdN0 = @GrainIdN0 and GrainIdN1 = @GrainIdN1 and ServiceId = @ServiceId
        and GrainTypeString = @GrainTypeString and coalesce(GrainIdExtensionString, '') = coalesce(@GrainIdExtensionString, '') and Version = @GrainStateVersion
    returning Version as NewGrainStateVersion
$query$),
('DeleteStorageKey', $query$
    delete from OrleansStorage
    where GrainIdHash = @GrainIdHash and GrainTypeHash = @GrainTypeHash and GrainIdN0 = @GrainIdN0 and GrainIdN1 = @GrainIdN1 and ServiceId = @ServiceId
        and GrainTypeString = @GrainTypeString and coalesce(GrainIdExtensionString, '') = coalesce(@GrainIdExtensionString, '') and Version = @GrainStateVersion
    returning Version + 1 as NewGrainStateVersion
$query$);
