export function ErrorPage({ id }: { readonly id: string }) {
  return <p class="empty">{id}</p>
}
