-- How each browser and channel did with a feature in its newest run: the one that began last. Of two that began together it is the one
-- with the lower number, so that only a newer start takes its place. Features that have moved count as what they are today.
with results as (
  select results.*, keys.feature_id as feature_of_today, keys.kind
  from {{ ref('stg_wpt__feature_results') }} as results
  join {{ ref('dim_feature_keys') }} as keys on keys.feature_key = results.feature_id
  where keys.feature_id is not null
),

placed as (
  select
    results.*,
    row_number() over (
      partition by feature_of_today, browser_name, channel
      order by started_at desc, run_id, case when kind = 'feature' then 0 else 1 end, feature_id
    ) as place
  from results
)

select
  {{ surrogate_key(['feature_of_today', 'browser_name', 'channel']) }} as latest_wpt_result_key,
  feature_of_today as feature_id,
  browser_name,
  channel,
  run_id,
  started_at,
  tests,
  tests_passed,
  test_pass_rate,
  subtests,
  subtests_passed,
  subtest_pass_rate,
  has_crashed
from placed
where place = 1
