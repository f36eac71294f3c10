-- Makes a journal that a run has left that of a large migration: 1,000 tenants over 500 weeks, some of
-- them with failed, missing, unverified and clipped weeks; samples of four hours. For tests of the report:
--     sqlite3 JOURNAL '.parameter set @now NANOSECONDS' '.read tests/lib/grow_journal.sql'
BEGIN;
DELETE FROM tenant; DELETE FROM coverage; DELETE FROM verified; DELETE FROM failure; DELETE FROM planned;
DELETE FROM sample; DELETE FROM source_range; DELETE FROM slow;
CREATE TEMP TABLE at AS SELECT 604800000000000 AS week, @now / 604800000000000 * 604800000000000 + 345600000000000 AS last;
CREATE TEMP TABLE n AS WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 999) SELECT i FROM n;
CREATE TEMP TABLE t AS SELECT i, printf('%08x%024x', i * 2654435761 % 4294967296, i) AS id,
    -- Every fortieth appeared late; every tenth keeps two years.
    CASE WHEN i % 40 = 11 THEN 60 ELSE 500 END AS weeks, i % 10 = 1 AS short FROM n;
INSERT INTO source_range SELECT 'autogen', last - 500 * week, last FROM at;
INSERT INTO tenant SELECT id, 'mon_' || id, CASE short WHEN 1 THEN '104w' ELSE 'autogen' END,
    CASE short WHEN 1 THEN 104 * week ELSE 0 END,
    CASE short WHEN 1 THEN @now - 104 * week ELSE -9223372036854775808 END, '', 40000 * weeks + i * 77777,
    CASE short WHEN 1 THEN 396 * 40000 + i ELSE 0 END, 1 FROM t, at;
UPDATE tenant SET problem = 'it holds a slash or a backslash', points = 0 WHERE tenant IN (SELECT id FROM t WHERE i IN (400));
-- Pieces of coverage: all of it, but for a gap where something is wrong.
CREATE TEMP TABLE piece AS
    SELECT id, i, last - CASE short WHEN 1 THEN 104 ELSE weeks END * week AS start_ns,
        CASE WHEN i % 97 = 5 THEN last - (40 + i % 50) * week WHEN i % 61 = 3 THEN last - (i % 90 + 1) * week ELSE last END AS end_ns FROM t, at WHERE i != 400
    UNION ALL
    SELECT id, i, last - (39 + i % 50) * week, last FROM t, at WHERE i % 97 = 5 AND i != 400;
INSERT INTO coverage SELECT id, 'mon_' || id, 'autogen', 1, start_ns, end_ns, @now FROM piece WHERE start_ns < end_ns;
INSERT INTO verified SELECT id, 'mon_' || id, 'autogen', 1, start_ns, CASE WHEN i % 50 = 7 THEN end_ns - 20 * week ELSE end_ns END, @now FROM piece, at
    WHERE start_ns < end_ns - 20 * week;
INSERT INTO failure (tenant, database, policy, set_id, start_ns, end_ns, words, run_id) SELECT id, 'mon_' || id, 'autogen', 1, last - (40 + i % 50) * week, last - (39 + i % 50) * week,
    CASE WHEN i % 2 THEN 'partial write: field type conflict: input field "value" on measurement "cpu.idle_perc" is type float, already exists as type string'
    ELSE 'verification: the target lacks ' || i || ' of 40000 values; measurement cpu.idle_perc, field value: 40000 in the source, ' || (40000 - i) || ' in the target' END, 1
    FROM t, at WHERE i % 97 = 5;
INSERT INTO planned SELECT id, 'mon_' || id, 'autogen', 1, last - (i % 90 + 1) * week, last, 1 FROM t, at WHERE i % 61 = 3 AND i % 97 != 5;
WITH RECURSIVE s(n, points) AS (SELECT 0, 0 UNION ALL SELECT n + 1, points + 30 * CAST(310000 + 40000 * ((n * 7919) % 13) / 13.0 - CASE WHEN n BETWEEN 200 AND 215 THEN 300000 ELSE 0 END AS INTEGER) FROM s WHERE n < 470)
    INSERT INTO sample SELECT 1, n * 30000000000, points, n * 1060, CASE WHEN n BETWEEN 200 AND 215 THEN 1 ELSE 4 END FROM s;
INSERT INTO slow SELECT 1, i, (SELECT id FROM t WHERE t.i = n.i * 17 + 3), 'mon_x', CASE WHEN i % 3 THEN 'copy' ELSE 'count' END, 1 + i % 2 * 60,
    CASE i % 2 WHEN 0 THEN 'alarm_state_history' ELSE '' END, last - (i * 9 + 1) * week, last - i * 9 * week, 42000000000 - i * 1700000000, 4000000 - i * 90000,
    CASE i WHEN 4 THEN 'timeout' ELSE '' END FROM n, at WHERE i < 20;
UPDATE run SET started_ns = @now - 14100000000000, updated_ns = @now, ended_ns = 0, status = -1, tenants_total = 1000, tenants_done = 960,
    windows_total = 500000, windows_done = 491004, windows_failed = 11, points = (SELECT max(points) FROM sample) WHERE id = 1;
COMMIT;
