// The section of the last errors, those of other processes with them.
(function () {
  'use strict';
  var panel = (window.bitlanePanel = window.bitlanePanel || {});
  var sections = (panel.sections = panel.sections || {});

  function errors(t, snapshot) {
    var draw = panel.drawing;
    var known = snapshot.instances ? snapshot.instances.errors : snapshot.errors;
    var rows = known.map(function (error) {
      var node = RED.nodes.node(error.nodeId);
      var name = draw.inFlow(t, error.nodeId, (node && node.name) || error.nodeName || error.nodeType);
      var code = error.times > 1 ? error.code + ' × ' + error.times : error.code;
      return draw.row({
        name: draw.nodeName('error-' + error.code + (error.instance || ''), error.nodeId, name),
        aside: draw.moment(error.at),
        notes: [
          draw.note(panel.sentences.sentence(t, error, error.nodeType)),
          draw.note([code, error.instance].filter(Boolean).join(' · ')),
          mendedNote(t, error, node),
        ],
      });
    });
    return draw.section('errors', t('panel.section.errors'), rows, t('panel.empty.errors'));
  }

  function mendedNote(t, error, node) {
    var draw = panel.drawing;
    if (!error.mendedAt) return error.isBeforeDeploy ? draw.note(t('panel.error.deployed')) : undefined;
    if (!node) return draw.note(t('panel.error.gone'));
    return draw.note(t('panel.error.mended', { time: draw.moment(error.mendedAt) }));
  }

  sections.errors = errors;
})();
