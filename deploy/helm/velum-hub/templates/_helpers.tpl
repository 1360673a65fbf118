{{- define "velum-hub.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 52 | trimSuffix "-" }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 52 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "velum-hub.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "velum-hub.labels" -}}
{{ include "velum-hub.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "velum-hub.image" -}}
{{- $tag := .Values.image.tag | default .Chart.AppVersion }}
{{- if hasPrefix "@" $tag }}{{ .Values.image.repository }}{{ $tag }}{{ else }}{{ .Values.image.repository }}:{{ $tag }}{{ end }}
{{- end }}

{{- define "velum-hub.claim" -}}
{{- .Values.persistence.existingClaim | default (printf "%s-data" (include "velum-hub.name" .)) }}
{{- end }}

{{- define "velum-hub.claimSpec" -}}
accessModes: [{{ .Values.persistence.accessMode }}]
{{- with .Values.persistence.storageClassName }}
storageClassName: {{ . }}
{{- end }}
resources:
  requests:
    storage: {{ .Values.persistence.size }}
{{- end }}

{{- /* Secrets and config maps beyond those of the hub itself: a list of volume, where it lies, and which it is. */}}
{{- define "velum-hub.files" -}}
{{- with .Values.database }}
{{- if .host }}
{{- with .passwordSecretName }}
- { volume: database, at: /etc/velum/database, secret: {{ . }} }
{{- end }}
{{- with .authorityConfigMapName }}
- { volume: database-authority, at: /etc/velum/database-authority, configMap: {{ . }} }
{{- end }}
{{- end }}
{{- end }}
{{- with .Values.nats }}
{{- if .servers }}
{{- with .passwordSecretName }}
- { volume: nats, at: /etc/velum/nats, secret: {{ . }} }
{{- end }}
{{- with .certificateSecretName }}
- { volume: nats-certificate, at: /etc/velum/nats-certificate, secret: {{ . }} }
{{- end }}
{{- with .authorityConfigMapName }}
- { volume: nats-authority, at: /etc/velum/nats-authority, configMap: {{ . }} }
{{- end }}
{{- end }}
{{- end }}
{{- range .Values.secretNames }}
- { volume: secret-{{ . | replace "." "-" }}, at: /etc/velum/secrets/{{ . }}, secret: {{ . }} }
{{- end }}
{{- end }}

{{- define "velum-hub.doors" -}}
- { name: boxes, port: 7443, targetPort: boxes }
{{- if .Values.enrolment.enabled }}
- { name: enrolment, port: 7444, targetPort: enrolment }
{{- end }}
{{- if .Values.console.enabled }}
- { name: console, port: 8443, targetPort: console }
{{- end }}
{{- end }}
