create table messages (
  uuid uuid primary key default gen_random_uuid(),
  sender text not null,
  recipient text not null,
  message text not null check (char_length(message) between 1 and 1024),
  created_at timestamptz not null default now(),
  check (sender <> recipient)
);

-- Both directions belong to one conversation.
create index messages_of_a_conversation on messages (least(sender, recipient), greatest(sender, recipient), created_at desc);
