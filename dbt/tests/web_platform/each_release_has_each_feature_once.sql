-- To look for keys that are there twice among millions of rows takes a gigabyte of memory; to count them takes none. Answers one row for each
-- release and browser whose rows are not as many as there are features.
select target_browser_id, event_browser_id, event_version, count(*) as times
from {{ ref('fct_support_by_release') }}
group by target_browser_id, event_browser_id, event_version
having count(*) <> (select count(*) from {{ ref('dim_features') }})
