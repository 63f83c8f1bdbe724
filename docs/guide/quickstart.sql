-- Rimon in five minutes: tables of a small shop, in the warehouse ./warehouse.
-- This script can be run again and again; it begins by dropping what it made.
CREATE DATABASE IF NOT EXISTS shop;
DROP TABLE IF EXISTS shop.orders;
DROP TABLE IF EXISTS shop.visits;

-- 1. A table with a primary key, one directory for each day, two buckets in each day.
--    A row with the same key replaces the row before it.
CREATE TABLE shop.orders (
  dt         STRING        NOT NULL COMMENT 'day of the order',
  order_id   BIGINT        NOT NULL,
  product_id INT,
  pieces     INT,
  state      STRING,
  PRIMARY KEY (dt, order_id)
)
COMMENT 'what was ordered, and how far it is'
PARTITIONED BY (dt)
WITH ('bucket' = '2');

-- 2. A table without a key keeps every row.
CREATE TABLE shop.visits (
  visitor    STRING,
  product_id INT,
  seen_at    TIMESTAMP(3)
);

-- 3. Each INSERT is one commit: all of its rows become visible at once.
INSERT INTO shop.orders VALUES
  ('2024-05-01', 1, 1, 2, 'new'),
  ('2024-05-01', 2, 2, 1, 'new'),
  ('2024-05-02', 3, 5, 1, 'new'),
  ('2024-05-02', 4, 3, 4, 'new');

INSERT INTO shop.visits VALUES
  ('ada',   2, TIMESTAMP '2024-05-01 08:30:00'),
  ('ada',   2, TIMESTAMP '2024-05-01 08:31:15.250'),
  ('grace', 5, TIMESTAMP '2024-05-02 19:02:41');

-- 4. Upsert: orders 1 and 3 move on, order 5 is new.
INSERT INTO shop.orders VALUES
  ('2024-05-01', 1, 1, 2, 'shipped'),
  ('2024-05-02', 3, 5, 1, 'cancelled'),
  ('2024-05-02', 5, 2, 2, 'new');

-- 5. Five orders, each in its latest state.
SELECT * FROM shop.orders ORDER BY order_id;

-- 6. This table was written by Apache Paimon in Java. Rimon reads it where it lies.
CREATE EXTERNAL TABLE products STORED AS PAIMON LOCATION 'docs/guide/java-table/products';

SELECT * FROM products ORDER BY product_id;

-- 7. A join of a table of ours with the one of Java.
SELECT o.dt, p.name, o.pieces, o.pieces * p.price AS amount, o.state
FROM shop.orders AS o
JOIN products AS p ON o.product_id = p.product_id
WHERE o.state <> 'cancelled'
ORDER BY o.dt, o.order_id;

-- 8. What was looked at, and was it bought?
SELECT p.name, v.visits, count(o.order_id) AS orders
FROM (SELECT product_id, count(*) AS visits FROM shop.visits GROUP BY product_id) AS v
JOIN products AS p ON p.product_id = v.product_id
LEFT JOIN shop.orders AS o ON o.product_id = v.product_id
GROUP BY p.name, v.visits
ORDER BY p.name;

-- 9. Every commit left a snapshot.
SELECT snapshot_id, commit_kind, commit_time, total_record_count, delta_record_count
FROM shop."orders$snapshots"
ORDER BY snapshot_id;

-- 10. Back in time: the orders before the upsert.
SELECT * FROM shop.orders VERSION AS OF 1 ORDER BY order_id;

-- 11. What the upsert changed.
SELECT now.order_id, before.state AS before, now.state AS now
FROM shop.orders AS now
LEFT JOIN shop.orders VERSION AS OF 1 AS before ON before.order_id = now.order_id
WHERE before.state IS DISTINCT FROM now.state
ORDER BY now.order_id;

-- 12. The data files behind the table.
SELECT partition, bucket, level, record_count, file_size_in_bytes
FROM shop."orders$files"
ORDER BY partition, bucket, file_path;
