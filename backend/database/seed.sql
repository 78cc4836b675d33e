-- The sample's posts and messages. Runs at each start of the api: expired posts of the sample get new times, so that the
-- timeline is as full next month as today. Posts and messages of people are not changed.
insert into activities (uuid, handle, message, likes_count, reply_to, created_at, expires_at)
select uuid, handle, message, likes_count, reply_to, now() - age, now() - age + lives
from (
  values
    ('0c9d7f52-6a0f-4a7e-9a5e-3f0e8a3b6d01'::uuid, 'maya', 'Shipped on a Friday. Watching the traces with one eye.', 5, null::uuid, interval '2 days', interval '7 days'),
    ('b4a3f1de-52c7-4e0b-8f5d-7d1c9e2a4f02', 'tomasz', 'It was DNS.', 42, null, interval '7 days', interval '30 days'),
    ('7e58c0a9-1d34-4b96-a2c8-5f6b0d7e9a03', 'ines', 'Who else reads a waterfall chart before breakfast?', 0, null, interval '1 hour', interval '12 hours'),
    ('51f2ab06-93c4-4d8f-b1e7-2a6c8d0f4e04', 'nkechi', 'Took one index away and found out who had been using it.', 17, null, interval '3 days', interval '30 days'),
    ('e86d4c13-7b59-4f02-9c3a-6d1b5e8f7a05', 'arne', 'The retry was fine. The retry of the retry was not.', 9, null, interval '26 hours', interval '7 days'),
    ('2f7b9d40-c5e8-4a13-8d6f-9b0e1c2a3d06', 'tomasz', 'Roll forward. It is always DNS on a Friday.', 3, '0c9d7f52-6a0f-4a7e-9a5e-3f0e8a3b6d01', interval '47 hours', interval '7 days'),
    ('93d1e6b8-0a4c-4e7f-a5b2-c7d8f9012e07', 'maya', 'I do, and then I look at yours.', 1, '7e58c0a9-1d34-4b96-a2c8-5f6b0d7e9a03', interval '30 minutes', interval '12 hours')
) as seed (uuid, handle, message, likes_count, reply_to, age, lives)
on conflict (uuid) do update
set created_at = excluded.created_at, expires_at = excluded.expires_at
where activities.expires_at <= now();

insert into messages (uuid, sender, recipient, message, created_at)
select uuid, sender, recipient, message, now() - age
from (
  values
    ('6a1c3e5f-7081-4b2d-9e4f-a6b7c8d9e001'::uuid, 'tomasz', 'maya', 'Is the slow span yours or mine?', interval '3 hours'),
    ('6a1c3e5f-7081-4b2d-9e4f-a6b7c8d9e002', 'maya', 'tomasz', 'Mine. The query had no index. Look at the trace now.', interval '2 hours'),
    ('6a1c3e5f-7081-4b2d-9e4f-a6b7c8d9e003', 'ines', 'maya', 'Your timeline answers in 4 ms here. Who do I thank?', interval '20 hours')
) as seed (uuid, sender, recipient, message, age)
on conflict (uuid) do nothing;
