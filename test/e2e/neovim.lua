-- Scale Hints in Neovim: diagnostics, a quick fix, fix all. Prints what it sees; exit code 1 when something is missing.
local ok, err = pcall(function()
  vim.bo.filetype = 'python'
  local id = vim.lsp.start_client({
    name = 'scale-hints', cmd = { os.getenv('SCALE_HINTS_NODE'), os.getenv('SCALE_HINTS_CLI'), 'lsp', '--stdio' }, root_dir = vim.fn.getcwd(),
    init_options = { rules = { severity = { ['missing-index'] = 'hint' } } },
  })
  assert(id, 'the client did not start')
  vim.lsp.buf_attach_client(0, id)
  local function found() return vim.diagnostic.get(0) end
  assert(vim.wait(20000, function() return #found() > 0 end, 20), 'no diagnostics')
  for _, d in ipairs(found()) do io.stdout:write(string.format('DIAGNOSTIC %d %s %s\n', d.lnum + 1, vim.diagnostic.severity[d.severity], d.message)) end
  local client = vim.lsp.get_client_by_id(id)
  local function apply(action)
    if not action.edit then
      local resolved = client.request_sync('codeAction/resolve', action, 10000, 0)
      action = assert(resolved and resolved.result, 'not resolved')
    end
    vim.lsp.util.apply_workspace_edit(assert(action.edit, 'no edit: ' .. action.title), client.offset_encoding)
  end
  -- A quick fix in this file.
  local line
  for _, d in ipairs(found()) do if d.message:find('`order.customer` is loaded again', 1, true) then line = d.lnum end end
  assert(line, 'no relation in a loop')
  vim.api.nvim_win_set_cursor(0, { line + 1, 0 })
  local params = vim.lsp.util.make_range_params()
  params.range = { start = { line = line, character = 0 }, ['end'] = { line = line, character = 200 } }
  params.context = { diagnostics = vim.lsp.diagnostic.get_line_diagnostics(0, line), only = { 'quickfix' } }
  local res = vim.lsp.buf_request_sync(0, 'textDocument/codeAction', params, 20000)
  local action = assert(res[id].result[1], 'no quick fix')
  io.stdout:write('ACTION ' .. action.title .. '\n')
  apply(action)
  local before = #found()
  assert(vim.wait(20000, function() return #found() < before end, 20), 'the diagnostic stayed')
  -- Everything that is safe.
  params.context = { diagnostics = {}, only = { 'source.fixAll' } }
  res = vim.lsp.buf_request_sync(0, 'textDocument/codeAction', params, 20000)
  local all = res[id].result[1]
  if all then
    io.stdout:write('ACTION ' .. all.title .. '\n')
    apply(all)
  end
  vim.cmd('silent write')
  io.stdout:write('ENCODING ' .. client.offset_encoding .. '\n')
  vim.lsp.stop_client(id)
  vim.wait(3000, function() return vim.lsp.client_is_stopped(id) end)
end)
if not ok then
  io.stderr:write(tostring(err) .. '\n')
  vim.cmd('cquit 1')
end
vim.cmd('qall!')
