-- How many developers want a feature. One that has moved counts as what it is today; where the old and the new identifier are both there,
-- the own one of the feature counts, and feature_key_conflicts tells of it.
with placed as (
  select
    keys.feature_id,
    votes.feature_id as feature_key,
    votes.votes,
    votes.url,
    row_number() over (
      partition by keys.feature_id
      order by case when keys.kind = 'feature' then 0 else 1 end, votes.feature_id
    ) as place
  from {{ ref('stg_developer_signals__votes') }} as votes
  join {{ ref('dim_feature_keys') }} as keys on keys.feature_key = votes.feature_id
  where keys.feature_id is not null
)

select feature_id, feature_key, votes, url
from placed
where place = 1
