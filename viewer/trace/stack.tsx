import type { ExceptionView, FrameView } from '../../analysis/trace/occurrence.ts'

/** Exceptions with their stacks and the source that was sent. The application's own frames are emphasized. */
export function Stack({ exceptions }: { readonly exceptions: readonly ExceptionView[] }) {
  return (
    <>
      {exceptions.map((exception, index) => (
        <div class="exception" key={index}>
          <p>
            {index > 0 && <span class="soft">caused by </span>}
            <b class="bad">{exception.name}</b>
            {exception.message && `: ${exception.message.slice(0, 4_000)}`}
          </p>
          {exception.frames.length > 0 && (
            <ol class="frames">
              {exception.frames.map((frame, at) => (
                <Frame key={at} frame={frame} />
              ))}
            </ol>
          )}
        </div>
      ))}
    </>
  )
}

function Frame({ frame }: { readonly frame: FrameView }) {
  const { file, line, method, before, code, after, isOwn } = frame
  const shown = isOwn ? file.split('/').slice(-3).join('/') : file
  return (
    <li class={isOwn ? 'own' : ''}>
      <span class="frame-place" title={file}>
        {shown || '(no file)'}
        {line !== undefined && `:${line}`}
      </span>
      {method && <span> in {method}</span>}
      {code && (
        <pre class="code">
          {before.join('\n')}
          <mark>{code}</mark>
          {after.join('\n')}
        </pre>
      )}
    </li>
  )
}
